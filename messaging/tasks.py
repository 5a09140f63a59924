from celery import shared_task

from messaging.domain import announcements, delivery, notices
from psqm_portal.core.clock import now


@shared_task
def deliver(email_id: int) -> None:
    delivery.deliver(email_id, now=now())


@shared_task
def sweep_mail() -> None:
    """Asks for every mail that is due and not sent; takes back what a dead worker left behind."""
    moment = now()
    delivery.take_back_stale(moment)
    for email_id in delivery.due(moment):
        deliver.delay_on_commit(email_id)  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task
def tell_readers(announcement_id: int) -> None:
    announcements.tell_readers(announcement_id, now=now())


@shared_task
def sweep_announcements() -> None:
    for announcement_id in announcements.untold():
        tell_readers.delay_on_commit(announcement_id)  # type: ignore[attr-defined]  # Celery's types


@shared_task
def tell_daily(user_id: int) -> None:
    notices.tell_daily(user_id, now=now())


@shared_task
def send_daily_news() -> None:
    """At five, and again some times later: whoever was told isn't due any more."""
    for user_id in notices.daily_due(now()):
        tell_daily.delay_on_commit(user_id)  # type: ignore[attr-defined]  # Celery's types don't know it
