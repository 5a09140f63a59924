from celery import shared_task

from hubs.domain import commitments, mailings, nudges, substitutes
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


@shared_task
def make_letters(mail_out_id: int) -> None:
    mailings.make(mail_out_id, clock=now)


@shared_task
def sweep_letters() -> None:
    """Sends again what is due and not made, and ends what can't be made."""
    moment = now()
    mailings.fail_the_hopeless(now=moment)
    for mail_out_id in mailings.waiting(now=moment):
        make_letters.delay_on_commit(mail_out_id)  # type: ignore[attr-defined]  # Celery's types


@shared_task
def remind_of_commitments() -> None:
    """Once a day; each mail goes once however often this runs."""
    commitments.remind(now())
