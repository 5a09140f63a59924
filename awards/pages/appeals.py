"""An appeal as the school sees it, and as HQ does."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.models import User
from awards.domain import appeals, letters
from awards.models import Appeal, Award, Decision
from psqm_portal.core.clock import london_day
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import SCHOOL
from rounds.models import Round
from submissions.queries import roles_towards


@dataclass(frozen=True, slots=True)
class AtSchool:
    """``appeal``: the school's newest; ``why_not``: why none can be sent against the outcome it knows."""

    appeal: Appeal | None
    why_not: str | None
    may_send: bool
    until: date | None
    today: date

    @property
    def is_open(self) -> bool:
        """HQ looks at it, as far as the school may know: an upheld one is told with the new outcome."""
        return self.appeal is not None and self.appeal.told_at is None

    @property
    def is_late(self) -> bool:
        return self.appeal is not None and self.is_open and self.appeal.due_on < self.today


def at_school(decision: Decision, *, by: User, now: datetime) -> AtSchool:
    found = Appeal.objects.filter(decision__submission=decision.submission).select_related(
        "raised_by", "decision"
    )
    newest = found.order_by("-pk").first()
    against_this = newest is not None and newest.decision_id == decision.pk
    until = None
    if letters.may_appeal(decision) and decision.released_at is not None:
        terms = letters.terms_of(decision.submission.round)
        until = letters.appeal_until(london_day(decision.released_at), terms)
    why_not = None if against_this else appeals.why_not(decision, by=by, now=now)
    return AtSchool(
        appeal=newest,
        why_not=why_not,
        may_send=not against_this and why_not is None,
        until=until,
        today=london_day(now),
    )


def for_award_page(decision: Decision, award: Award | None, *, by: User, now: datetime) -> dict[str, Any]:
    """What comes next, and to the school's own people where their appeal stands."""
    told = letters.told_context(decision, award)
    of_school = bool(roles_towards(by, decision.submission) & SCHOOL)
    return {
        "talk_to": told["talk_to"],
        "again": told["again"],
        "appealing": at_school(decision, by=by, now=now) if of_school else None,
    }


def of_round(round_: Round) -> QuerySet[Appeal]:
    """Those to answer first, the most urgent on top; then the answered ones, newest first."""
    rows = Appeal.objects.filter(decision__submission__round=round_).select_related(
        "decision__submission__school", "decision__submission__round", "decision__level", "answered_by"
    )
    return rows.order_by(F("answered_at").desc(nulls_first=True), "due_on", "pk")


def to_answer() -> QuerySet[Appeal]:
    """Of all rounds: for HQ's first page. An upheld one waits for its new outcome to be told."""
    rows = Appeal.objects.filter(Q(status=Appeal.Status.OPEN) | Q(status=Appeal.Status.UPHELD, told_at=None))
    return rows.select_related("decision__submission__school", "decision__submission__round").order_by(
        "due_on"
    )


WORDS = {
    "raise": "The school appealed",
    "ask_review": "HQ asked for a fresh review",
    "uphold": "Upheld",
    "turn_down": "Turned down",
}


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    at: datetime
    by: str


def history(appeal: Appeal) -> list[Step]:
    rows = HistoryEntry.objects.filter(machine="appeal", subject_id=appeal.pk).select_related("by")
    return [Step(WORDS.get(one.action, one.action), one.at, str(one.by)) for one in rows.order_by("at", "pk")]
