"""One worker at an import of past awards: read, write or undo it, whichever is its turn."""

from django.db import transaction

from awards.domain.past import JOBS, Clock, Status, rest
from awards.domain.past_reading import read
from awards.domain.past_undoing import take_away
from awards.domain.past_writing import write
from psqm_portal.core.long_jobs import HOPELESS, Overtaken
from psqm_portal.core.machine import Refused

STEPS = {Status.READING: read, Status.WRITING: write, Status.UNDOING: take_away}


def work(past_id: int, *, clock: Clock) -> bool:
    """False when there was nothing to do, or another worker did it."""
    if (past := JOBS.take_up(past_id, clock())) is None:
        return False
    try:
        STEPS[Status(past.status)](past, clock=clock)
    except Overtaken:
        return False
    except Refused as refused:
        with transaction.atomic():
            rest(past, now=clock(), problem=str(refused))
    except Exception:
        if not JOBS.give_back(past, clock()):
            with transaction.atomic():
                rest(past, now=clock(), problem=HOPELESS)
        raise
    return True
