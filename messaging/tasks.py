from celery import shared_task

from messaging.domain import delivery
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
