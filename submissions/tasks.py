from celery import shared_task

from psqm_portal.core import clock
from submissions.domain.closing import close_due as close_all_due
from submissions.notices import tell_hq_of_late_answers


@shared_task
def close_due() -> None:
    now = clock.now()
    _, waiting = close_all_due(now)
    tell_hq_of_late_answers(waiting, now=now)
