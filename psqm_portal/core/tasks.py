from celery import shared_task

from psqm_portal.core.clock import now
from psqm_portal.core.files import storing


@shared_task
def sweep_orphans() -> None:
    storing.sweep_orphans(now())
