"""One worker at an import: read it or write it, whichever is its turn."""

from django.db import transaction

from psqm_portal.core.long_jobs import Overtaken
from psqm_portal.core.machine import Refused
from schools.domain.register import JOBS, Clock, Status, end, give_up
from schools.domain.register_reading import read
from schools.domain.register_writing import write


def work(register_id: int, *, clock: Clock) -> bool:
    """False when there was nothing to do, or another worker did it.

    ``clock`` and not a moment: it takes a minute, and each batch is a sign of life.
    """
    if (register := JOBS.take_up(register_id, clock())) is None:
        return False
    try:
        (read if register.status == Status.READING else write)(register, clock=clock)
    except Overtaken:
        return False
    except Refused as refused:
        with transaction.atomic():
            end(JOBS.mine(register), register, Status.FAILED, ended_at=clock(), problem=str(refused))
    except Exception:
        if not JOBS.give_back(register, clock()):
            give_up(register, now=clock())
        raise
    return True
