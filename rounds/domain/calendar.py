"""What is in a person's calendar: every app's dates together, and HQ's own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Max
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.calendars import Dated, Sort, calendar_source, calendar_sources
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.registers import duties
from psqm_portal.core.roles import HQ, Role
from rounds.models import Audience, Milestone, Round

# How long a date stays in a calendar after its day.
KEPT = timedelta(days=400)
RUNNING = (Round.Status.OPEN, Round.Status.CLOSED)
WHO = {Audience.SCHOOL: "Schools", Audience.HUB_LEADER: "Hub leaders", Audience.HQ: "HQ"}


def dates_of(user: User, *, today: date) -> list[Dated]:
    """In order; what two sources know is there once, as the person's own where it is."""
    found: dict[str, Dated] = {}
    for source in calendar_sources:
        for one in source(user):
            if one.day < today - KEPT:
                continue
            if (known := found.get(one.key)) is not None:
                first, second = (known, one) if known.own or not one.own else (one, known)
                one = replace(first, about=tuple(dict.fromkeys(first.about + second.about)))  # noqa: PLW2901
            found[one.key] = one
    return sorted(found.values(), key=_order)


def _order(one: Dated) -> tuple[date, bool, str, str]:
    """Whole days first, then by the time of day."""
    return one.day, one.starts_at is not None, f"{one.starts_at or ''}", one.title


@dataclass(frozen=True, slots=True)
class Changes:
    """How often a thing's dates were changed, and when last; from its history."""

    times: int
    at: datetime


# A date that nobody moved is older than any change of it.
UNMOVED = Changes(0, datetime(2020, 1, 1, tzinfo=UTC))


class History:
    """The changes of many things of one machine; one query. ``action``: one, or several with commas."""

    def __init__(self, machine: str, ids: Collection[int], *, action: str) -> None:
        rows = (
            HistoryEntry.objects.filter(machine=machine, subject_id__in=ids, action__in=action.split(","))
            .order_by()
            .values_list("subject_id")
            .annotate(times=Count("pk"), last=Max("at"))
        )
        self._known = {pk: Changes(times, last) for pk, times, last in rows}

    def of(self, pk: int) -> Changes:
        return self._known.get(pk, UNMOVED)


def milestone_history(milestones: Iterable[Milestone]) -> History:
    return History("milestone", [row.pk for row in milestones], action="move")


def of_milestone(
    row: Milestone, *, url: str, history: History, own: bool, about: tuple[str, ...] = ()
) -> Dated:
    """A milestone as it stands in the round, for whoever it concerns. ``row.round`` is loaded."""
    changes = history.of(row.pk)
    return Dated(
        key=f"milestone-{row.pk}",
        title=row.label if own else f"{WHO[Audience(row.audience)]}: {row.label}",
        day=row.due_on,
        url=url,
        changed_at=changes.at,
        sequence=changes.times,
        sort=sort_of(row),
        round=row.round.name,
        about=about,
        own=own,
        opens_on=row.opens_on,
    )


def sort_of(row: Milestone) -> Sort:
    """Due where somebody can owe it, else the end of a time in which something happens."""
    return Sort.DUE if (row.step, row.audience) in duties else Sort.WINDOW


@calendar_source
def of_hq(user: User) -> list[Dated]:
    """All of every round that is planned or running: HQ's steps, and for who looks at them everybody's."""
    roles = hq_roles(user) & HQ
    if not roles:
        return []
    rows = list(
        Milestone.objects.filter(round__status__in=[Round.Status.PLANNED, *RUNNING]).select_related("round")
    )
    history = milestone_history(rows)
    dates: list[Dated] = []
    # What schools and hub leaders have on the same days, such as the ceremony, is one date to HQ.
    shared: dict[tuple[int, str, date, date], list[Dated]] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        own = row.audience == Audience.HQ and Role.HQ_ADMIN in roles
        one = of_milestone(row, url=reverse("round", args=[row.round.slug]), history=history, own=own)
        if row.audience == Audience.HQ:
            dates.append(one)
        else:
            same = row.round_id, row.label, row.opens_on, row.due_on
            shared.setdefault(same, []).append(one)
    for (_, label, _, _), (one, *others) in shared.items():
        dates.append(replace(one, title=f"Schools and hub leaders: {label}") if others else one)
    return dates
