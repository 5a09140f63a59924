"""One worker at a release: school after school, each in its own transaction."""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from awards import notices
from awards.domain.releasing import Clock, Status, give_back, mine, take_up, why_not_begun
from awards.models import Release, ReleaseItem
from psqm_portal.core import log
from psqm_portal.core.machine import Refused
from submissions.domain.machine import submission_machine

logger = logging.getLogger(__name__)

# An outcome whose telling ended its worker so often is left for a person to look at.
ITEM_TRIES = 3


class Overtaken(Exception):
    """The release was stopped, or another worker took it up."""


def work(release_id: int, *, clock: Clock) -> bool:
    """False when there was nothing to do, or another worker did it.

    ``clock`` and not a moment: it takes a minute, and each school is a sign of life.
    """
    if (release := take_up(release_id, clock())) is None:
        return False
    try:
        if sentence := why_not_begun(release, clock()):
            _end(release, Status.FAILED, clock(), problem=sentence)
            return True
        for item_id in _open(release):
            _tell(release, item_id, clock)
        _end(release, Status.DONE, clock())
    except Overtaken:
        return False
    except Exception:
        give_back(release, clock())
        raise
    return True


def _open(release: Release) -> list[int]:
    items = release.items.filter(told_at=None, problem="")
    return list(items.order_by("pk").values_list("pk", flat=True))


def _tell(release: Release, item_id: int, clock: Clock) -> None:
    rows = ReleaseItem.objects.filter(pk=item_id, told_at=None)
    item = rows.select_related("decision__submission").get()
    if item.tries >= ITEM_TRIES:
        problem = "We tried three times and couldn’t end it. Tell whoever looks after the portal."
        return _note(release, item, problem, clock())
    rows.update(tries=F("tries") + 1)
    try:
        _tell_one(release, item, clock())
    except Refused as refused:
        _note(release, item, str(refused), clock())
    except (Overtaken, OperationalError, InterfaceError):
        raise
    except Exception:
        # One school's trouble is no other's: the rest of the round is told.
        logger.exception("Release %s couldn't tell decision %s", release.pk, item.decision_id)
        _note(release, item, "Something went wrong at our end. Release it again.", clock())


def _tell_one(release: Release, item: ReleaseItem, now: datetime) -> None:
    """Decision, award, certificate asked for, mails and the item: all of it or nothing."""
    with transaction.atomic():
        _still_mine(release, now)
        submission_machine.perform(
            item.decision.submission,
            "release",
            by=release.asked_by,
            now=now,
            reason=release.reason,
            decision=item.decision_id,
        )
        ReleaseItem.objects.filter(pk=item.pk).update(told_at=now)


def _note(release: Release, item: ReleaseItem, problem: str, now: datetime) -> None:
    with transaction.atomic():
        _still_mine(release, now)
        ReleaseItem.objects.filter(pk=item.pk).update(problem=problem)


def _still_mine(release: Release, now: datetime) -> None:
    """Locks the release's row, so that stopping waits for the school that is being told."""
    if not mine(release).update(touched_at=now):
        raise Overtaken


def _end(release: Release, status: Status, now: datetime, problem: str = "") -> None:
    with transaction.atomic():
        if not mine(release).update(status=status, ended_at=now, touched_at=now, problem=problem):
            raise Overtaken
        log.write("release.ended", by=release.asked_by, now=now, about=f"release:{release.pk}")
        notices.tell_of_release(release, problem, now=now)
