from celery import shared_task

from psqm_portal.core import clock
from schools.domain import register, register_job


@shared_task
def work_on_register(register_id: int) -> None:
    register_job.work(register_id, clock=clock.now)


@shared_task
def sweep_register() -> None:
    """Sends again what is due and not done, ends what can't be done, takes away what is old."""
    now = clock.now()
    register.fail_the_hopeless(now=now)
    for register_id in register.JOBS.waiting(now):
        work_on_register.delay_on_commit(register_id)  # type: ignore[attr-defined]  # Celery's types don't know it
    register.sweep_old(now=now)
