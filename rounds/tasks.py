from celery import shared_task

from psqm_portal.core.clock import now
from rounds.domain import reminders


@shared_task
def send_reminders() -> None:
    """Beat asks every hour; the day's work is done once, by the first that comes after 7 am."""
    reminders.send_reminders(now())
