"""Which dates of a round can't be, each with the reason. Nothing here reads or writes the database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from psqm_portal.core.templatetags.portal import long_date
from rounds.models import Audience, Milestone, Step

SCHOOL, HUB_LEADER, HQ = Audience.SCHOOL, Audience.HUB_LEADER, Audience.HQ
# How an audience is called in an address.
SLUGS = {SCHOOL: "schools", HUB_LEADER: "hub-leaders", HQ: "hq"}
AUDIENCES = {SCHOOL: "schools", HUB_LEADER: "hub leaders", HQ: "HQ"}


@dataclass(frozen=True, slots=True)
class Dates:
    """One step's days; ``key`` is the milestone's (or the template row's) own number."""

    key: int
    step: str
    audience: str
    label: str
    opens_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step can't have its dates; ``field`` is the one to look at."""

    key: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Order:
    """The first step is due before the second, whoever's they are unless ``same_audience``."""

    first: Step
    second: Step
    same_day: bool = False
    same_audience: bool = False

    def holds_for(self, first: Dates, second: Dates) -> bool:
        return (
            first.step == self.first
            and second.step == self.second
            and (not self.same_audience or first.audience == second.audience)
        )


ORDER = (
    Order(Step.SEND_FOR_SIGN_OFF, Step.SUBMIT, same_day=True),
    Order(Step.AUDIT, Step.SUBMIT),
    Order(Step.ACTION_PLAN, Step.SUBMIT),
    Order(Step.SUBMIT, Step.ASSIGN_REVIEWERS),
    Order(Step.SUBMIT, Step.REVIEW),
    Order(Step.SUBMIT, Step.NOTIFY),
    Order(Step.FINALISE, Step.REVIEW),
    Order(Step.ASSIGN_REVIEWERS, Step.REVIEW, same_day=True),
    Order(Step.REVIEW, Step.DECIDE),
    Order(Step.REVIEW, Step.NOTIFY),
    Order(Step.DECIDE, Step.NOTIFY, same_day=True),
    Order(Step.NOTIFY, Step.CEREMONY),
    Order(Step.AUDIT, Step.ACTION_PLAN, same_day=True),
    Order(Step.ACTION_PLAN, Step.SEND_FOR_SIGN_OFF, same_day=True, same_audience=True),
    Order(Step.IMPLEMENT, Step.SUBMIT, same_day=True),
    Order(Step.RECRUIT, Step.SUBMIT),
    Order(Step.TRAINING_1, Step.SESSION_2, same_audience=True),
    Order(Step.SESSION_2, Step.SESSION_3, same_audience=True),
    Order(Step.SESSION_3, Step.TRAINING_2, same_audience=True),
    Order(Step.TRAINING_1, Step.TRAINING_2, same_audience=True),
    Order(Step.TRAINING_2, Step.SUBMIT),
)

Before = Mapping[int, tuple[date, date]]


def of(milestone: Milestone) -> Dates:
    return Dates(
        key=milestone.pk,
        step=milestone.step,
        audience=milestone.audience,
        label=milestone.label,
        opens_on=milestone.opens_on,
        due_on=milestone.due_on,
    )


def problems(
    rows: Iterable[Dates], *, year: int | None, changed: Iterable[int] | None = None
) -> list[Problem]:
    """Every reason against these dates, as they would stand together.

    ``changed``: only what concerns these rows, so that one old flaw doesn't bar every other date. ``year``
    None: wherever the round lies, as the demonstration's shifted ones.
    """
    rows = list(rows)
    asked = {row.key for row in rows} if changed is None else set(changed)
    found: list[Problem] = []
    for row in rows:
        if row.key in asked and row.due_on < row.opens_on:
            found.append(Problem(row.key, "due_on", "The due day can't be before the day on which it opens."))
        elif row.key in asked and year is not None:
            found += _within(row, rows, year, asked)
    for first in rows:
        for second in rows:
            if first is not second and asked & {first.key, second.key}:
                found += _pair(first, second, asked)
    return found


def passed(rows: Iterable[Dates], before: Before, *, today: date) -> Iterator[Problem]:
    """In an open round a due day can't move to where everybody would be late at once."""
    for row in rows:
        if row.due_on < today and row.due_on != before[row.key][1]:
            yield Problem(
                row.key,
                "due_on",
                f"{long_date(row.due_on)} has passed, and this round is open: everybody would be late at "
                "once. Choose today or a later day.",
            )


def span(year: int) -> tuple[date, date]:
    """The days within which a round of that year lies."""
    return date(year - 1, 7, 1), date(year + 1, 12, 31)


def _within(row: Dates, rows: list[Dates], year: int, asked: set[int]) -> Iterator[Problem]:
    standing = [other for other in rows if other.key not in asked]
    first, last = span(year)
    # A round that was made with shifted dates may lie elsewhere; its own dates are its span then.
    first = min([first, *(other.opens_on for other in standing)])
    last = max([last, *(other.due_on for other in standing)])
    if row.opens_on < first:
        yield Problem(
            row.key,
            "opens_on",
            f"“{row.label}” can't open on {long_date(row.opens_on)}: a round of {year} begins on "
            f"{long_date(first)} at the earliest.",
        )
    if row.due_on > last:
        yield Problem(
            row.key,
            "due_on",
            f"“{row.label}” can't be due on {long_date(row.due_on)}: a round of {year} ends by "
            f"{long_date(last)}.",
        )


def _pair(first: Dates, second: Dates, asked: set[int]) -> Iterator[Problem]:
    for rule in ORDER:
        if not rule.holds_for(first, second):
            continue
        if first.due_on < second.due_on or (rule.same_day and first.due_on == second.due_on):
            continue
        row, other, word = (first, second, "before") if first.key in asked else (second, first, "after")
        word = f"on or {word}" if rule.same_day else word
        yield Problem(
            row.key,
            "due_on",
            f"“{row.label}” has to be due {word} “{other.label}” "
            f"({AUDIENCES[Audience(other.audience)]}), which is {long_date(other.due_on)}.",
        )
    yield from _overlap(first, second, asked)


def _overlap(first: Dates, second: Dates, asked: set[int]) -> Iterator[Problem]:
    """Reviewing and submitting can't overlap, and no school starts before the round does."""
    reviewing = (first.step, first.audience, second.step) == (Step.SUBMIT, SCHOOL, Step.REVIEW)
    if reviewing and second.opens_on <= first.due_on < second.due_on:
        if second.key in asked:
            yield Problem(
                second.key,
                "opens_on",
                f"“{second.label}” can't open on {long_date(second.opens_on)}: schools submit until "
                f"{long_date(first.due_on)}.",
            )
        else:
            yield Problem(
                first.key,
                "due_on",
                f"“{first.label}” can't be due on {long_date(first.due_on)}: “{second.label}” "
                f"({AUDIENCES[Audience(second.audience)]}) opens on {long_date(second.opens_on)}.",
            )
    begins = (first.step, first.audience, second.audience) == (Step.RECRUIT, HUB_LEADER, SCHOOL)
    if begins and second.opens_on < first.opens_on:
        row, field = (second, "opens_on") if second.key in asked else (first, "opens_on")
        yield Problem(
            row.key,
            field,
            f"“{second.label}” (schools) can't open on {long_date(second.opens_on)}: the round begins with "
            f"“{first.label}” on {long_date(first.opens_on)}.",
        )
