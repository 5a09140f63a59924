"""What a hub's leader hands on: each school of a running round, and the notes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from accounts.models import User
from hubs.models import HandOverNote, Hub, HubMembership, HubRound, MentoringEntry, Substitution
from hubs.slots import SchoolLine, school_lines
from psqm_portal.core.clock import london_day
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import School, SchoolMembership

RUNNING = (Round.Status.OPEN, Round.Status.CLOSED)
# So long after a leader began, their first page leads to what was handed over.
FRESH = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Line:
    """``mentored``: minutes so far; ``contact``: the day of the newest message or mentoring."""

    school: SchoolLine
    mentored: int
    contact: date | None
    note: HandOverNote | None

    @property
    def hours(self) -> int:
        return self.mentored // 60

    @property
    def minutes(self) -> int:
        return self.mentored % 60


def rounds_of(
    request: Any, hub: Hub, notes: Mapping[int | None, HandOverNote]
) -> list[tuple[HubRound, list[Line]]]:
    """Two queries and those of the stages, however many schools."""
    hub_rounds = list(
        HubRound.objects.filter(hub=hub, round__status__in=RUNNING)
        .select_related("hub", "round")
        .order_by("-round__year", "round__season")
    )
    times = _mentoring(hub_rounds)
    found: dict[int, list[SchoolLine]] = {}
    for lines in school_lines:
        for pk, some in lines(request, hub_rounds).items():
            found.setdefault(pk, []).extend(some)
    return [(row, [_line(row, one, notes, times) for one in found.get(row.pk, [])]) for row in hub_rounds]


def _line(
    row: HubRound,
    one: SchoolLine,
    notes: Mapping[int | None, HandOverNote],
    times: Mapping[tuple[int, int], tuple[int, date]],
) -> Line:
    minutes, met = times.get((row.pk, one.school.pk), (0, None))
    said = london_day(one.last_message_at) if one.last_message_at else None
    days = [day for day in (met, said) if day is not None]
    return Line(one, minutes, max(days, default=None), notes.get(one.school.pk))


def newest_notes(hub: Hub) -> dict[int | None, HandOverNote]:
    """By school, that of the hub under None."""
    newest = HandOverNote.objects.filter(hub=hub).order_by().values("school").annotate(newest=Max("pk"))
    rows = HandOverNote.objects.filter(pk__in=newest.values("newest")).exclude(text="")
    return {row.school_id: row for row in rows.select_related("written_by")}


def _mentoring(hub_rounds: Iterable[HubRound]) -> dict[tuple[int, int], tuple[int, date]]:
    rows = MentoringEntry.objects.filter(hub_round__in=hub_rounds).order_by().values("hub_round", "school")
    return {
        (row["hub_round"], row["school"]): (row["minutes_all"], row["last"])
        for row in rows.annotate(minutes_all=Sum("minutes"), last=Max("held_on"))
    }


def schools_for(user: User, hub: Hub) -> QuerySet[School]:
    """The hub's schools that this person may write about: none where they are or were a member."""
    own = SchoolMembership.objects.filter(user=user).values("school")
    on_seats = School.objects.filter(
        submissions__seat__hub_round__hub=hub, submissions__seat__hub_round__round__status__in=RUNNING
    )
    return on_seats.exclude(pk__in=own).distinct()


@dataclass(frozen=True, slots=True)
class Ahead:
    """A change of a hub's leader as one person of it reads it on their first page."""

    title: str
    hub: Hub
    has_page: bool
    note: str = ""


def ahead_for(user: User, *, now: datetime) -> list[Ahead]:
    """What a substitute or leader should know or do now. Two queries."""
    today = london_day(now)
    found = []
    planned = Substitution.objects.filter(Q(leader=user) | Q(substitute=user), ended_at=None, began_at=None)
    for one in planned.select_related("hub", "leader", "substitute", "invitation").order_by("first_day"):
        if one.last_day < today:
            continue
        days = f"{one.first_day:%-d %B} to {one.last_day:%-d %B %Y}"
        if one.leader_id == user.pk:
            title = f"Write what {one.name} needs to know"
            found.append(Ahead(title, one.hub, True, f"{one.name} leads {one.hub} from {days}."))
        else:
            title = f"You lead {one.hub} from {days}"
            found.append(Ahead(title, one.hub, False, f"In place of {one.leader}. We’ll write to you then."))
    fresh = HubMembership.objects.current().filter(
        user=user, role=Role.HUB_LEADER.value, started_at__gt=now - FRESH
    )
    for membership in fresh.select_related("hub").order_by("hub__name"):
        hub = membership.hub
        found.append(Ahead(f"Read the hand-over of {hub}", hub, True, "Where its schools stand, and notes."))
    return found
