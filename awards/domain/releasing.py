"""Telling a round's outcomes in the background: asked for, stopped, taken up by a worker. Decision 0083.

The release's row is its job. It keeps what HQ looked at: the decisions that stood when it was asked for, one
item each. A submission is told in one transaction with its item, so that it is told once and none is missed,
wherever a worker dies.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.queries import hq_roles
from awards.domain.releases import decided
from awards.models import Decision, Release, ReleaseItem
from awards.models.releases import UNDERWAY
from psqm_portal.core import log
from psqm_portal.core.clock import LONDON, london_day, long_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import counted
from rounds.models import Audience, Milestone, Round, Step
from submissions.domain.machine import submission_machine
from submissions.models import Submission

Status = Release.Status
Clock = Callable[[], datetime]

# So long HQ can think again before the first school is told.
GRACE = timedelta(minutes=5)
# Without a sign of life for this long a worker is dead: one school takes less than a second.
STALE = timedelta(minutes=3)
# Workers that took it up; a deployment ends one, and each goes on where the last one was.
MAX_TRIES = 30


def notification_day(round_: Round) -> date | None:
    days = Milestone.objects.filter(round=round_, step=Step.NOTIFY, audience=Audience.SCHOOL)
    return days.values_list("opens_on", flat=True).first()


def is_early(round_: Round, moment: datetime) -> bool:
    day = notification_day(round_)
    return day is not None and london_day(moment) < day


def on_the_day(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=LONDON)


def mark_of(decisions: Iterable[Decision]) -> str:
    """Which outcomes a page showed, so that exactly these are released."""
    ids = ",".join(str(pk) for pk in sorted(one.pk for one in decisions))
    return hashlib.sha256(ids.encode()).hexdigest()[:16]


def waiting_decisions(round_: Round) -> list[Decision]:
    """Those a release would tell now, by the school's name."""
    return [one.standing_decisions[0] for one in decided(round_) if one.standing_decisions]  # type: ignore[attr-defined]


def ask(
    round_: Round, *, by: User, now: datetime, at: datetime | None = None, reason: str = "", seen: str = ""
) -> Release:
    """Tell every outcome that is decided now, ``at`` a time or after the grace.

    ``seen``: the mark of the page that HQ looked at. Raises Refused with a sentence.
    """
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    starts_at, reason = at or now + GRACE, reason.strip()
    if starts_at < now + GRACE:
        raise Refused("Choose a time at least five minutes from now.")
    if is_early(round_, starts_at) and not reason:
        raise Refused("Outcomes are told before the notification day: write the reason.")
    decisions = waiting_decisions(round_)
    if not decisions:
        raise Refused("No outcome waits for its release.")
    if seen and seen != mark_of(decisions):
        raise Refused("The decisions changed since this page was opened. Look at them again.")
    try:
        with transaction.atomic():
            release = Release.objects.create(
                round=round_, reason=reason, asked_by=by, asked_at=now, starts_at=starts_at, touched_at=now
            )
            ReleaseItem.objects.bulk_create(ReleaseItem(release=release, decision=one) for one in decisions)
            _log("asked", release, by=by, now=now)
    except IntegrityError as twice:
        raise Refused("Another release of this round is underway. Stop it or wait for its end.") from twice
    return release


def stop(release: Release, *, by: User, now: datetime) -> None:
    """Nobody is told from now on; who was told stays told."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    with transaction.atomic():
        open_ = Release.objects.filter(pk=release.pk, status__in=UNDERWAY)
        if not open_.update(status=Status.STOPPED, stopped_by=by, ended_at=now, touched_at=now):
            raise Refused("This release has ended already.")
        _log("stopped", release, by=by, now=now)


def waiting(*, now: datetime) -> list[int]:
    """Releases to ask a worker for: their time has come, or the worker that had one died."""
    return list(_due(now).filter(tries__lt=MAX_TRIES).values_list("pk", flat=True))


def fail_the_hopeless(*, now: datetime) -> None:
    """What killed its worker each time isn't tried for ever."""
    _due(now).filter(tries__gte=MAX_TRIES).update(
        status=Status.FAILED,
        ended_at=now,
        touched_at=now,
        problem=f"We tried {MAX_TRIES} times and couldn’t end it.",
    )


def take_up(release_id: int, now: datetime) -> Release | None:
    """Only one worker gets it, however often the task is delivered."""
    if (
        not _due(now)
        .filter(pk=release_id, tries__lt=MAX_TRIES)
        .update(status=Status.TELLING, tries=F("tries") + 1, touched_at=now)
    ):
        return None
    return Release.objects.select_related("round", "asked_by").get(pk=release_id)


def give_back(release: Release, now: datetime) -> None:
    """For the sweep to try again."""
    mine(release).update(status=Status.WAITING, touched_at=now)


def mine(release: Release) -> QuerySet[Release]:
    """The row, as long as this worker has it: not stopped, not taken up by another."""
    return Release.objects.filter(pk=release.pk, tries=release.tries, status=Status.TELLING)


def why_not_begun(release: Release, now: datetime) -> str | None:
    """What changed since HQ asked, so that nobody should be told."""
    day = notification_day(release.round)
    if day is not None and london_day(now) < day and not release.reason:
        return (
            f"The notification day was moved to {long_day(day)} since this release was asked for. "
            "Ask for it again."
        )
    if Role.HQ_ADMIN not in hq_roles(release.asked_by):
        return f"{release.asked_by} isn’t an admin of HQ any more. Somebody else has to ask for the release."
    return None


def told_words(told: int, left: int) -> str:
    """ "12 outcomes were told, 1 couldn't be." """
    words = f"{counted(told, 'outcome')} {'was' if told == 1 else 'were'} told"
    return f"{words}, {left} couldn’t be" if left else words


def _due(now: datetime) -> QuerySet[Release]:
    due = Q(status=Status.WAITING, starts_at__lte=now)
    return Release.objects.filter(due | Q(status=Status.TELLING, touched_at__lte=now - STALE))


def _log(what: str, release: Release, *, by: User, now: datetime) -> None:
    log.write(f"release.{what}", by=by, now=now, about=f"release:{release.pk}")


@submission_machine.guard("release")
def decision_of_this_release(submission: Submission, occasion: Occasion) -> str | None:
    """HQ agreed to tell one decision; another one made since needs a release of its own."""
    wanted = occasion.given.get("decision")
    if wanted is None or submission.decisions.filter(pk=wanted, undone_at=None).exists():
        return None
    return "It was decided anew after this release was asked for. Release it again."
