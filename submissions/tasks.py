from celery import shared_task

from psqm_portal.core import clock
from submissions.domain import packs
from submissions.domain.closing import close_due as close_all_due
from submissions.notices import tell_hq_of_late_answers


@shared_task
def close_due() -> None:
    now = clock.now()
    _, waiting = close_all_due(now)
    tell_hq_of_late_answers(waiting, now=now)


@shared_task
def make_pack(pack_id: int) -> None:
    packs.make(pack_id, clock=clock.now)


@shared_task
def sweep_packs() -> None:
    """Sends again what is due and not made, ends what can't be made, takes away what is old."""
    now = clock.now()
    packs.fail_the_hopeless(now=now)
    for pack_id in packs.waiting(now=now):
        make_pack.delay_on_commit(pack_id)  # type: ignore[attr-defined]  # Celery's types don't know it
    packs.sweep_old(now=now)
