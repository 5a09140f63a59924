from celery import shared_task

from hubs.domain import nudges, substitutes
from psqm_portal.core.clock import now


@shared_task
def send_registration_nudges() -> None:
    """Beat asks every hour; each reminder goes once, from 7 am on."""
    nudges.send_nudges(now())


@shared_task
def keep_substitute_day(substitution_id: int) -> None:
    substitutes.keep_day(substitution_id, now=now())


@shared_task
def sweep_substitutes() -> None:
    """At five in the morning, and again every hour: what is done isn't due any more."""
    for substitution_id in substitutes.due(now()):
        keep_substitute_day.delay_on_commit(substitution_id)  # type: ignore[attr-defined]  # Celery's types
