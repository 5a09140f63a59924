"""A round from a season's template, in one step."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.queries import hq_roles
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import Kind, Milestone, Round, RoundTemplate, Step, TemplateMilestone

if TYPE_CHECKING:
    from accounts.models import User

FIRST_YEAR, LAST_YEAR = 2000, 2100


def make_round(
    template: RoundTemplate, year: int, *, by: "User | None", now: datetime, shift: timedelta = timedelta(0)
) -> Round:
    """Makes the round and its milestones and tells "round.made"; fees and hubs come after.

    ``by`` None is a program (the demonstration, a test). ``shift`` moves every date: the demonstration has a
    round in each stage on any day of the year.
    """
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"Choose a year between {FIRST_YEAR} and {LAST_YEAR}.")
    name = name_of(template, year)
    if Round.objects.filter(season=template.season, year=year, kind=template.kind).exists():
        raise Refused(f"There is already a round called {name}.")
    with transaction.atomic():
        made = Round.objects.create(
            name=name,
            slug=slug_of(template, year),
            season=template.season,
            year=year,
            kind=template.kind,
            framework=template.framework,
        )
        make_milestones(made, template, shift=shift)
        HistoryEntry.objects.create(
            machine="round", subject_id=made.pk, action="make", target=made.status, by=by, at=now
        )
        events.publish("round.made", made, Occasion(by=by, now=now))
    return made


def make_milestones(
    round_: Round, template: RoundTemplate, *, shift: timedelta = timedelta(0)
) -> list[Milestone]:
    rows = list(template.milestones.all())
    close = next((due_day(row, round_.year) for row in rows if row.step == Step.SUBMIT), None)
    return Milestone.objects.bulk_create(
        Milestone(
            round=round_,
            step=row.step,
            audience=row.audience,
            label=row.label,
            opens_on=opening_day(row, round_.year) + shift,
            due_on=due_day(row, round_.year, close) + shift,
        )
        for row in rows
    )


def opening_day(row: TemplateMilestone, year: int) -> date:
    return month_of(row.first_month, year).replace(day=row.opens_day or 1)


def due_day(row: TemplateMilestone, year: int, close: date | None = None) -> date:
    """``close`` is the last day on which schools submit; rows that count back from it need it."""
    if row.days_before_close is not None and close is not None:
        return close - timedelta(days=row.days_before_close)
    first = month_of(row.last_month, year)
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(row.due_day or last, last))


def month_of(number: int, year: int) -> date:
    """The first day of a month counted from January of the round's year: 13 is January of the next."""
    return date(year + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def name_of(template: RoundTemplate, year: int) -> str:
    renewal = " reaccreditation" if template.kind == Kind.REACCREDITATION else ""
    return f"{template.get_season_display()} {year}{renewal}"


def slug_of(template: RoundTemplate, year: int) -> str:
    renewal = "-reaccreditation" if template.kind == Kind.REACCREDITATION else ""
    return f"{template.season}-{year}{renewal}"
