"""The close: the clock's move for every school whose last day has passed."""

import logging
from datetime import datetime

from django.db import models

from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from rounds.models import Step
from submissions.domain.guards import waits_for_late_answer
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from submissions.models.submission import Status
from submissions.queries import with_due

logger = logging.getLogger(__name__)

OPEN = [Status.ENROLLED, Status.WITH_HUB, Status.SIGNED_OFF]


def past_close(now: datetime) -> models.QuerySet[Submission]:
    """Open submissions whose own last day is over."""
    rows = Submission.objects.filter(status__in=OPEN).select_related("school", "round", "hub")
    return with_due(rows, Step.SUBMIT).filter(due_on__lt=london_day(now)).order_by("pk")


def close_due(now: datetime) -> tuple[int, list[Submission]]:
    """Close what is due; each in its own transaction, so that one that fails doesn't hold up the rest.

    Returns how many were closed and those that wait for a hub leader's late answer.
    """
    closed, waiting = 0, []
    for submission in past_close(now):
        if waits_for_late_answer(submission):
            waiting.append(submission)
            continue
        try:
            submission_machine.perform(submission, "close", by=None, now=now)
        except Refused:
            continue  # an extension, an answer or the submit itself came in between
        except Exception:
            # Tried again by the next sweep, five minutes later.
            logger.exception("Submission %s could not be closed", submission.pk)
            continue
        closed += 1
    return closed, waiting
