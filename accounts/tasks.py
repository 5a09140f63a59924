from celery import shared_task

from accounts import sessions
from psqm_portal.core.clock import now


@shared_task
def clear_sessions() -> None:
    sessions.clear(now())
