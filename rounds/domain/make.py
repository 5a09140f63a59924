"""A round from a season's template, or from the round of the year before, in one step."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.queries import hq_roles
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain.change import SETTINGS
from rounds.models import (
    Audience,
    Framework,
    Kind,
    Milestone,
    Round,
    RoundTemplate,
    Season,
    Step,
    TemplateMilestone,
)

if TYPE_CHECKING:
    from accounts.models import User

FIRST_YEAR, LAST_YEAR = 2000, 2100


def make_round(
    template: RoundTemplate,
    year: int,
    *,
    by: "User | None",
    now: datetime,
    framework: Framework | None = None,
    shift: timedelta = timedelta(0),
) -> Round:
    """Makes the round and its milestones and tells "round.made"; fees and hubs come after.

    ``framework`` None: the template's. ``by`` None is a program (the demonstration, a test). ``shift`` moves
    every date: the demonstration has a round in each stage on any day of the year.
    """
    _require_admin(by)
    framework = _offered(framework, template.framework)
    with transaction.atomic():
        made = new_round(template.season, template.kind, year, framework=framework)
        make_milestones(made, template, shift=shift)
        _tell(made, by=by, now=now)
    return made


def copy_round(
    source: Round, *, by: "User | None", now: datetime, framework: Framework | None = None
) -> Round:
    """Next year's round with this one's dates, a year on, its settings and (by the event) its fees.

    Tells "round.made" with ``given["copied_from"]``.
    """
    _require_admin(by)
    with transaction.atomic():
        source = Round.objects.select_for_update().get(pk=source.pk)
        framework = _offered(framework, source.framework)
        made = new_round(source.season, source.kind, source.year + 1, framework=framework, like=source)
        Milestone.objects.bulk_create(
            Milestone(
                round=made,
                step=row.step,
                audience=row.audience,
                label=row.label,
                opens_on=opens_on,
                due_on=due_on,
            )
            for row, opens_on, due_on in days_a_year_on(list(source.milestones.all()))
        )
        _tell(made, by=by, now=now, copied_from=source)
    return made


def new_round(season: str, kind: str, year: int, *, framework: Framework, like: Round | None = None) -> Round:
    """Raises Refused where there is such a round already or nobody means that year."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"Choose a year between {FIRST_YEAR} and {LAST_YEAR}.")
    name = name_of(season, kind, year)
    if Round.objects.filter(season=season, year=year, kind=kind).exists():
        raise Refused(f"There is already a round called {name}.")
    kept = {setting: getattr(like, setting) for setting in SETTINGS} if like is not None else {}
    return Round.objects.create(
        name=name, slug=slug_of(season, kind, year), season=season, year=year, kind=kind,
        framework=framework, **kept,
    )  # fmt: skip


def _offered(chosen: Framework | None, usual: Framework) -> Framework:
    if chosen is not None and chosen != usual and not chosen.is_active:
        raise Refused(f"{chosen} isn't offered for new rounds. Offer it on its own page first.")
    return chosen or usual


def _require_admin(by: "User | None") -> None:
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied


def _tell(made: Round, *, by: "User | None", now: datetime, **given: Any) -> None:
    HistoryEntry.objects.create(
        machine="round",
        subject_id=made.pk,
        action="copy" if given else "make",
        target=made.status,
        by=by,
        at=now,
        reason=f"From {given['copied_from']}" if given else "",
    )
    events.publish("round.made", made, Occasion(by=by, now=now, given=given))


def a_year_on(day: date) -> date:
    """The same day of next year; the last day of a month stays the last one."""
    last = monthrange(day.year + 1, day.month)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(day.year + 1, day.month, last if is_last else min(day.day, last))


def days_a_year_on(rows: list[Milestone]) -> list[tuple[Milestone, date, date]]:
    """Each with the days it opens and is due in the next year's round.

    Sending for sign-off keeps its distance from the close, which a leap day would change.
    """
    close = next(
        (row.due_on for row in rows if row.step == Step.SUBMIT and row.audience == Audience.SCHOOL), None
    )
    found = []
    for row in rows:
        due_on = a_year_on(row.due_on)
        if close is not None and row.step == Step.SEND_FOR_SIGN_OFF:
            due_on = a_year_on(close) - (close - row.due_on)
        found.append((row, min(a_year_on(row.opens_on), due_on), due_on))
    return found


def make_milestones(
    round_: Round, template: RoundTemplate, *, shift: timedelta = timedelta(0)
) -> list[Milestone]:
    return Milestone.objects.bulk_create(
        Milestone(
            round=round_,
            step=row.step,
            audience=row.audience,
            label=row.label,
            opens_on=opens_on + shift,
            due_on=due_on + shift,
        )
        for row, opens_on, due_on in days_of(template.milestones.all(), round_.year)
    )


def days_of(rows: Iterable[TemplateMilestone], year: int) -> list[tuple[TemplateMilestone, date, date]]:
    """Each row with the days it opens and is due in a round of that year.

    A row that counts back from the close opens no later than it is due.
    """
    rows = list(rows)
    close = next((due_day(row, year) for row in rows if row.step == Step.SUBMIT), None)
    found = []
    for row in rows:
        due_on = due_day(row, year, close)
        opens_on = opening_day(row, year)
        if row.days_before_close is not None:
            opens_on = min(opens_on, due_on)
        found.append((row, opens_on, due_on))
    return found


def opening_day(row: TemplateMilestone, year: int) -> date:
    first = month_of(row.first_month, year)
    return first.replace(day=min(row.opens_day or 1, monthrange(first.year, first.month)[1]))


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


def name_of(season: str, kind: str, year: int) -> str:
    renewal = " reaccreditation" if kind == Kind.REACCREDITATION else ""
    return f"{Season(season).label} {year}{renewal}"


def slug_of(season: str, kind: str, year: int) -> str:
    renewal = "-reaccreditation" if kind == Kind.REACCREDITATION else ""
    return f"{season}-{year}{renewal}"
