from celery import shared_task

from awards.domain import (
    answering,
    appeals,
    certificates,
    past,
    past_job,
    plans,
    release_job,
    releasing,
    renewal,
)
from psqm_portal.core.clock import now


@shared_task(name="awards.tasks.make_certificates")
def make_certificates() -> None:
    """Of those that wait as many as one layout takes, whoever asked: at a release each asks."""
    certificates.make_waiting(clock=now)


@shared_task(name="awards.tasks.sweep_certificates")
def sweep_certificates() -> None:
    """Sends again for what is due and not made; in the worker, so outside any transaction."""
    for _ in range(0, certificates.waiting(now=now()), certificates.BATCH):
        make_certificates.delay_on_commit()  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task(name="awards.tasks.tell_outcomes")
def tell_outcomes(release_id: int) -> None:
    release_job.work(release_id, clock=now)


@shared_task(name="awards.tasks.sweep_releases")
def sweep_releases() -> None:
    """Begins releases whose time has come, and sends again those whose worker died."""
    moment = now()
    releasing.fail_the_hopeless(now=moment)
    for release_id in releasing.waiting(now=moment):
        tell_outcomes.delay_on_commit(release_id)  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task(name="awards.tasks.assign_planned")
def assign_planned(plan_id: int) -> None:
    plans.work(plan_id, clock=now)


@shared_task(name="awards.tasks.sweep_plans")
def sweep_plans() -> None:
    """Plans whose worker died, or was never sent for."""
    for plan_id in plans.waiting(now=now()):
        assign_planned.delay_on_commit(plan_id)  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task(name="awards.tasks.remind_to_answer")
def remind_to_answer() -> None:
    """Once a day; each mail goes once however often this runs."""
    answering.remind(now())


@shared_task(name="awards.tasks.work_on_past_awards")
def work_on_past_awards(past_id: int) -> None:
    past_job.work(past_id, clock=now)


@shared_task(name="awards.tasks.sweep_past_awards")
def sweep_past_awards() -> None:
    """Sends again what is due and not done, ends what can't be done."""
    moment = now()
    past.fail_the_hopeless(now=moment)
    for past_id in past.JOBS.waiting(moment):
        work_on_past_awards.delay_on_commit(past_id)  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task(name="awards.tasks.tell_of_ending_awards")
def tell_of_ending_awards() -> None:
    """Once a day; each mail goes once however often this runs."""
    renewal.remind(now())


@shared_task(name="awards.tasks.remind_of_appeals")
def remind_of_appeals() -> None:
    """Once a day; each mail goes once however often this runs."""
    appeals.remind(now())
