"""A season's calendar, which HQ keeps: what a new round is made from. Rounds that exist stay as they are."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain import dates
from rounds.domain.make import days_of
from rounds.models import Audience, Framework, RoundTemplate, Step, TemplateMilestone

# From January of the round's year to December of the next.
LAST_MONTH = 24
LAST_DAY = 31
LONGEST_BEFORE_CLOSE = 120
# A usual year and one whose February has 29 days.
TRIED_YEARS = (2026, 2027)


@dataclass(frozen=True, slots=True)
class Months:
    """What HQ says about a step: months count from January of the round's year, 13 is the next January."""

    label: str
    first_month: int
    last_month: int
    opens_day: int | None = None
    due_day: int | None = None
    days_before_close: int | None = None


@transaction.atomic
def add_step(
    template: RoundTemplate, step: str, audience: str, months: Months, *, by: User | None, now: datetime
) -> TemplateMilestone:
    """Raises Refused where the step is there already or its months don't fit the others."""
    template = _locked(template, by)
    if template.milestones.filter(step=step, audience=audience).exists():
        raise Refused(f"“{Step(step).label}” is in this calendar already for {_whose(audience)}.")
    row = TemplateMilestone(template=template, step=step, audience=audience)
    return _save(row, months, "add_step", by=by, now=now)


@transaction.atomic
def change_step(
    row: TemplateMilestone, months: Months, *, by: User | None, now: datetime
) -> TemplateMilestone:
    """Raises Refused where the months don't fit the others."""
    template = _locked(row.template, by)
    if (fresh := template.milestones.filter(pk=row.pk).first()) is None:
        raise Refused("Somebody else took this step out meanwhile.")
    return _save(fresh, months, "change_step", by=by, now=now)


@transaction.atomic
def remove_step(row: TemplateMilestone, *, by: User | None, now: datetime) -> None:
    template = _locked(row.template, by)
    if (row.step, row.audience) == (Step.SUBMIT, Audience.SCHOOL):
        raise Refused("A round can't do without its close, so this step stays.")
    template.milestones.filter(pk=row.pk).delete()
    _remember(template, "remove_step", _named(row), by=by, now=now)


@transaction.atomic
def choose_framework(
    template: RoundTemplate, framework: Framework, *, by: User | None, now: datetime
) -> RoundTemplate:
    template = _locked(template, by)
    if framework.pk == template.framework_id:
        return template
    if not framework.is_active:
        raise Refused(f"{framework} isn't offered for new rounds. Offer it on its own page first.")
    said = f"{template.framework} to {framework}"
    template.framework = framework
    template.save(update_fields=["framework"])
    _remember(template, "choose_framework", said, by=by, now=now)
    return template


def sample(
    template: RoundTemplate, year: int, *, instead: TemplateMilestone | None = None
) -> list[dates.Dates]:
    """The dates of a round of that year, ``instead`` put in its row's place or added."""
    rows = [row for row in template.milestones.all() if instead is None or row.pk != instead.pk]
    return [
        dates.Dates(row.pk or 0, row.step, row.audience, row.label, opens_on, due_on)
        for row, opens_on, due_on in days_of([*rows, *([instead] if instead else [])], year)
    ]


def _locked(template: RoundTemplate, by: User | None) -> RoundTemplate:
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    return (
        RoundTemplate.objects.select_for_update(of=("self",)).select_related("framework").get(pk=template.pk)
    )


def _save(
    row: TemplateMilestone, months: Months, action: str, *, by: User | None, now: datetime
) -> TemplateMilestone:
    before = _said(row) if row.pk else ""
    if (sentence := _why_not(months, row.step)) is not None:
        raise Refused(sentence)
    row.label = months.label.strip()
    row.first_month, row.last_month = months.first_month, months.last_month
    row.opens_day, row.due_day = months.opens_day, months.due_day
    row.days_before_close = months.days_before_close
    for year in TRIED_YEARS:
        found = dates.problems(sample(row.template, year, instead=row), year=year, changed={row.pk or 0})
        if found:
            raise Refused(f"That doesn't fit a round of {year}: {found[0].sentence}")
    after = _said(row)
    if before == after:
        return row
    row.save()
    _remember(
        row.template, action, f"{_named(row)}: {before} to {after}" if before else after, by=by, now=now
    )
    return row


def _why_not(months: Months, step: str) -> str | None:
    if not months.label.strip():
        return "Write what the step is called."
    if not 1 <= months.first_month <= months.last_month <= LAST_MONTH:
        return "The last month can't be before the first."
    for day in (months.opens_day, months.due_day):
        if day is not None and not 1 <= day <= LAST_DAY:
            return f"A day of a month is between 1 and {LAST_DAY}."
    if months.days_before_close is not None:
        if step == Step.SUBMIT:
            return "The close can't count back from itself."
        if not 0 <= months.days_before_close <= LONGEST_BEFORE_CLOSE:
            return f"Days before the close: choose a number up to {LONGEST_BEFORE_CLOSE}."
    return None


def _said(row: TemplateMilestone) -> str:
    days = [
        f"{word} {number}"
        for word, number in (
            ("opens on day", row.opens_day),
            ("due on day", row.due_day),
            ("days before the close:", row.days_before_close),
        )
        if number is not None
    ]
    return ", ".join([f"“{row.label}”", f"months {row.first_month} to {row.last_month}", *days])


def _named(row: TemplateMilestone) -> str:
    return f"{row.label} ({_whose(row.audience)})"


def _whose(audience: str) -> str:
    return dates.AUDIENCES[Audience(audience)]


def _remember(template: RoundTemplate, action: str, reason: str, *, by: User | None, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine="round_template",
        subject_id=template.pk,
        action=action,
        target="saved",
        reason=reason,
        by=by,
        at=now,
    )
