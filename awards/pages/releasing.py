"""What HQ's pages of a release show: who is told what, each letter as it will be read, how far it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from awards.domain import letters
from awards.domain.releases import who_hears
from awards.models import Decision, Release, ReleaseItem
from messaging.domain.mail import Composed, compose, wordings
from rounds.models import Round

NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many of a release's decisions have one outcome."""

    key: str
    label: str
    count: int


def outcomes_of(decisions: Iterable[Decision]) -> list[Outcome]:
    """The highest level first, not yet last."""
    levels = {one.level_id: one.level for one in decisions if one.level is not None}
    counts = Counter(one.level_id for one in decisions)
    ranked = sorted(levels.values(), key=lambda level: -level.rank)
    found = [Outcome(str(level.pk), str(level), counts[level.pk]) for level in ranked]
    return found + ([Outcome(NOT_YET, "Not yet", counts[None])] if counts[None] else [])


def narrowed(decisions: Iterable[Decision], outcome: str, words: str) -> list[Decision]:
    wanted = words.casefold().split()
    return [
        one
        for one in decisions
        if outcome in {"", NOT_YET if one.level_id is None else str(one.level_id)}
        and all(word in one.submission.school.name.casefold() for word in wanted)
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """One school's mails, rendered as they will be sent."""

    decision: Decision
    people: list[User]
    school: Composed
    hub: Composed


def letters_of(round_: Round, decisions: Sequence[Decision], day: date) -> list[Shown]:
    """The same number of queries for one letter and for fifty."""
    submissions = [one.submission for one in decisions]
    around = letters.Around.of(round_, submissions, day)
    hears, held = who_hears(submissions), wordings([letters.TO_SCHOOL, letters.TO_HUB])

    def shown(decision: Decision) -> Shown:
        people = hears[decision.submission.pk]
        context: dict[str, Any] = {
            **letters.context_of(decision, letters.award_to_be(decision, day), around),
            "person": people[0] if people else None,
        }
        return Shown(
            decision,
            people,
            school=compose(letters.TO_SCHOOL, context, held=held),
            hub=compose(letters.TO_HUB, context, held=held),
        )

    return [shown(one) for one in decisions]


@dataclass(frozen=True, slots=True)
class Progress:
    told: int
    problems: int
    count: int

    @property
    def done(self) -> int:
        return self.told + self.problems


def progress_of(release: Release) -> Progress:
    return Progress(
        **release.items.aggregate(
            told=Count("pk", filter=Q(told_at__isnull=False)),
            problems=Count("pk", filter=~Q(problem="")),
            count=Count("pk"),
        )
    )


def problems_of(release: Release) -> QuerySet[ReleaseItem]:
    rows = release.items.exclude(problem="")
    return rows.select_related("decision__submission__school").order_by("decision__submission__school__name")
