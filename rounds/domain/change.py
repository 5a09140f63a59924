"""What HQ changes about a round after it was made: its settings and its dates."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core import events
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import mark_of
from psqm_portal.core.templatetags.portal import short_date
from rounds.domain import dates
from rounds.models import Milestone, Round

SETTINGS = frozenset(
    {
        "hub_capacity",
        "reviews_per_submission",
        "minimum_reviews",
        "mentoring_hours",
        "meetings_a_year",
        "award_years",
        "evidence_files",
        "evidence_megabytes",
        "names_reviewers",
        "needs_ase_membership",
    }
)
# (what it is called, the largest number)
MOST = {
    "hub_capacity": ("Places in a hub", 50),
    "reviews_per_submission": ("Reviews for each submission", 5),
    "minimum_reviews": ("Fewest reviews of a reviewer", 50),
    "mentoring_hours": ("Hours of mentoring for a school", 100),
    "meetings_a_year": ("Development meetings in a year", 12),
    "award_years": ("Years an award is valid", 10),
    "evidence_files": ("Most files of a school", 2_000),
    "evidence_megabytes": ("Most megabytes of a school", 15_000),
}

# A milestone's number with the days it is to have: (opens, due).
Wanted = Mapping[int, tuple[date, date]]


class ImpossibleDates(Refused):
    """Dates that can't be; ``problems`` says of each step why."""

    def __init__(self, problems: list[dates.Problem]) -> None:
        super().__init__(problems[0].sentence)
        self.problems = problems


def _require_admin(by: User | None) -> None:
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied


@transaction.atomic
def change_settings(round_: Round, *, by: User | None, now: datetime, **values: Any) -> Round:
    """Tells "round.changed" with ``given["changed"]`` = {field: (before, after)}. Raises Refused."""
    _require_admin(by)
    if unknown := set(values) - SETTINGS:
        raise ValueError(f"Not a setting of a round: {sorted(unknown)}")
    round_ = Round.objects.select_for_update().get(pk=round_.pk)
    if round_.status == Round.Status.ARCHIVED:
        raise Refused("This round is archived, so it stays as it is.")
    for name, (label, most) in MOST.items():
        if name in values and not 1 <= values[name] <= most:
            raise Refused(f"{label}: choose a number between 1 and {most:,}.")
    changed = {
        name: (getattr(round_, name), value)
        for name, value in values.items()
        if getattr(round_, name) != value
    }
    if changed:
        for name, (_, value) in changed.items():
            setattr(round_, name, value)
        round_.save(update_fields=list(changed))
        said = "; ".join(f"{name}: {before} to {after}" for name, (before, after) in sorted(changed.items()))
        _remember("round", round_.pk, "change_settings", round_.status, said, by=by, now=now)
        events.publish("round.changed", round_, Occasion(by=by, now=now, given={"changed": changed}))
    return round_


def move_milestone(
    milestone: Milestone, *, opens_on: date, due_on: date, by: User | None, now: datetime
) -> Milestone:
    """Gives one milestone other dates. Raises Refused where they can't be."""
    change_dates(milestone.round, {milestone.pk: (opens_on, due_on)}, by=by, now=now)
    return Milestone.objects.get(pk=milestone.pk)


@transaction.atomic
def change_dates(
    round_: Round, wanted: Wanted, *, by: User | None, now: datetime, seen: str | None = None
) -> list[Milestone]:
    """Gives milestones other dates, all or none; tells "milestone.moved" of each with ``given["before"]``.

    The dates are judged as they stand together, so that a whole year moves in one step. The round's row is
    locked: two changes at once can't pass each other's check. ``seen``: see ``mark``; somebody else's newer
    dates aren't overwritten. Raises ImpossibleDates, or Refused.
    """
    _require_admin(by)
    round_ = Round.objects.select_for_update().get(pk=round_.pk)
    rows = list(round_.milestones.all())
    if seen is not None and mark(rows) != seen:
        raise Refused("Somebody else changed the dates of this round meanwhile. Look at them again.")
    changed = judge(round_, rows, wanted, today=london_day(now))
    for row in changed:
        before = (row.opens_on, row.due_on)
        row.opens_on, row.due_on = wanted[row.pk]
        row.save(update_fields=["opens_on", "due_on"])
        _remember("milestone", row.pk, "move", row.step, said(before, wanted[row.pk]), by=by, now=now)
        events.publish("milestone.moved", row, Occasion(by=by, now=now, given={"before": before}))
    return changed


def judge(round_: Round, rows: list[Milestone], wanted: Wanted, *, today: date) -> list[Milestone]:
    """The milestones that would change. Raises Refused, ImpossibleDates for dates that can't be."""
    if set(wanted) - {row.pk for row in rows}:
        raise Refused("A step has gone from this round meanwhile. Look at its dates again.")
    changed = [row for row in rows if wanted.get(row.pk, (row.opens_on, row.due_on)) != dates_of(row)]
    if not changed:
        return []
    if round_.status == Round.Status.ARCHIVED:
        raise Refused("This round is archived, so its dates stay as they are.")
    keys = {row.pk for row in changed}
    after = [_with(dates.of(row), wanted.get(row.pk, dates_of(row))) for row in rows]
    found = dates.problems(after, year=round_.year, changed=keys)
    if round_.status == Round.Status.OPEN:
        before = {row.pk: dates_of(row) for row in rows}
        found += dates.passed((one for one in after if one.key in keys), before, today=today)
    if found:
        raise ImpossibleDates(found)
    return changed


def dates_of(row: Milestone) -> tuple[date, date]:
    return row.opens_on, row.due_on


def mark(rows: Iterable[Milestone]) -> str:
    """What a page carries along to say which dates it was opened with."""
    return mark_of({str(row.pk): [row.opens_on, row.due_on] for row in rows})


def said(before: tuple[date, date], after: tuple[date, date]) -> str:
    """How the history says it: "opens 1 Oct 2026 to 5 Oct 2026; due 31 Oct 2026 to 6 Nov 2026"."""
    return "; ".join(
        f"{word} {short_date(old)} to {short_date(new)}"
        for word, old, new in zip(("opens", "due"), before, after, strict=True)
        if old != new
    )


def _with(row: dates.Dates, days: tuple[date, date]) -> dates.Dates:
    return replace(row, opens_on=days[0], due_on=days[1])


def _remember(
    machine: str, subject_id: int, action: str, target: str, reason: str, *, by: User | None, now: datetime
) -> None:
    HistoryEntry.objects.create(
        machine=machine, subject_id=subject_id, action=action, target=target, reason=reason, by=by, at=now
    )
