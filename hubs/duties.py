"""Who owes recruiting and training: asked by reminders and by "waiting for you" alike.

A school owes a session until it is on its register or has caught up; the hub leader until there is a
register. Both go by the hub's own date where it has one; a session that was called off has none.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import User
from hubs.domain.training import STEPS, name_of
from hubs.models import Attendance, CatchUp, Hub, HubMembership, HubRound, Seat, TrainingSession
from psqm_portal.core.clock import london_day
from psqm_portal.core.registers import Owed, duties, ids_of, subject_names, watched
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from schools.models import SchoolMembership

# A school that is still working towards submitting; the names are the submissions' statuses.
WORKING = ("enrolled", "with_hub", "signed_off")
TRAINING_STEPS = (Step.TRAINING_1, Step.SESSION_2, Step.SESSION_3, Step.TRAINING_2)


@dataclass(frozen=True, slots=True)
class _Leader:
    user: User
    since: date


def _having(step: Step) -> list[str]:
    return [training for training, steps in STEPS.items() if step in steps]


def _leaders(hubs: Iterable[int]) -> dict[int, _Leader]:
    rows = HubMembership.objects.current().filter(
        hub_id__in=set(hubs), role=Role.HUB_LEADER.value, user__is_active=True
    )
    return {row.hub_id: _Leader(row.user, london_day(row.started_at)) for row in rows.select_related("user")}


def _sessions(milestone: Milestone) -> dict[int, TrainingSession]:
    rows = TrainingSession.objects.filter(
        hub_round__round_id=milestone.round_id, step=milestone.step, called_off_at=None
    )
    return {row.hub_round_id: row for row in rows}


def school_training(
    milestone: Milestone, now: datetime, user: User | None, *, subjects: Collection[str] | None = None
) -> list[Owed]:
    """Enrolled schools that aren't on the register of their hub's session and haven't caught up."""
    there = {
        "session__hub_round": OuterRef("hub_round"),
        "session__step": milestone.step,
        "school": OuterRef("submission__school"),
    }
    seats = Seat.objects.filter(
        ~Exists(Attendance.objects.filter(**there)),
        ~Exists(CatchUp.objects.filter(**there)),
        hub_round__round_id=milestone.round_id,
        hub_round__training__in=_having(Step(milestone.step)),
        submission__status__in=WORKING,
    )
    if user is not None:
        mine = SchoolMembership.objects.current().filter(user=user, role=Role.SUBJECT_LEADER.value)
        seats = seats.filter(submission__school__in=mine.values("school"))
    if subjects is not None:
        seats = seats.filter(submission__in=ids_of("submission", subjects))
    rows = list(
        seats.order_by("submission__id").values(
            "hub_round_id", "hub_round__hub_id", "hub_round__training", "submission__id",
            "submission__school_id", "submission__school__name", "submission__enrolled_at",
        )
    )  # fmt: skip
    leaders = _leaders(row["hub_round__hub_id"] for row in rows)
    members, ever = _members({row["submission__school_id"] for row in rows}, leaders.values())
    known = _Known(_sessions(milestone), leaders, members, ever)
    return [_school_owed(row, milestone, london_day(now), known) for row in rows]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was asked for all schools at once."""

    sessions: dict[int, TrainingSession]
    leaders: dict[int, _Leader]
    members: dict[int, list[User]]
    ever: set[tuple[int, int]]


def _school_owed(row: Mapping[str, Any], milestone: Milestone, today: date, known: _Known) -> Owed:
    session = known.sessions.get(row["hub_round_id"])
    due_on = session.held_on if session else milestone.due_on
    name = name_of(row["hub_round__training"], milestone.step).lower()
    what = f"come to {name}" if today <= due_on else f"make up for {name} with your hub leader"
    if session and session.place and today <= due_on:
        what += f" ({session.place})"
    school, leader = row["submission__school_id"], known.leaders.get(row["hub_round__hub_id"])
    copied = (leader.user,) if leader and (school, leader.user.pk) not in known.ever else ()
    return Owed(
        subject=f"submission:{row['submission__id']}",
        title=row["submission__school__name"],
        what=what,
        url=reverse("submission", args=[row["submission__id"]]),
        due_on=due_on,
        since=london_day(row["submission__enrolled_at"]),
        recipients=tuple(known.members.get(school, ())),
        copied=copied,
    )


def _members(
    schools: set[int], leaders: Iterable[_Leader]
) -> tuple[dict[int, list[User]], set[tuple[int, int]]]:
    """Subject leaders now, and which hub leaders are or were at which school."""
    there = SchoolMembership.objects.filter(school_id__in=schools)
    now_there: dict[int, list[User]] = defaultdict(list)
    leading = there.current().filter(role=Role.SUBJECT_LEADER.value, user__is_active=True)
    for member in leading.select_related("user"):
        now_there[member.school_id].append(member.user)
    ever = there.filter(user__in={leader.user.pk for leader in leaders})
    return now_there, set(ever.values_list("school_id", "user_id"))


def _hub_rounds(
    milestone: Milestone, user: User | None, subjects: Collection[str] | None
) -> QuerySet[HubRound]:
    rows = HubRound.objects.filter(round_id=milestone.round_id).select_related("hub", "round")
    if subjects is not None:
        rows = rows.filter(hub__in=ids_of("hub", subjects))
    if user is None:
        return rows
    mine = HubMembership.objects.current().filter(user=user, role=Role.HUB_LEADER.value)
    return rows.filter(hub__in=mine.values("hub"))


def hub_training(
    milestone: Milestone, _: datetime, user: User | None, *, subjects: Collection[str] | None = None
) -> list[Owed]:
    """Hub leaders without a date for a session, or with one that has no register yet."""
    register = Attendance.objects.filter(session__hub_round=OuterRef("pk"), session__step=milestone.step)
    rows = list(
        _hub_rounds(milestone, user, subjects).filter(
            ~Exists(register), training__in=_having(Step(milestone.step))
        )
    )
    sessions = _sessions(milestone)

    def owed(row: HubRound, leader: _Leader) -> Owed:
        session, name = sessions.get(row.pk), name_of(row.training, milestone.step).lower()
        what = f"lead {name} and record who came" if session else f"set the date of {name}"
        return _hub_owed(row, leader, what, session.held_on if session else milestone.due_on)

    return _for_leaders(rows, owed)


def recruit(
    milestone: Milestone, _: datetime, user: User | None, *, subjects: Collection[str] | None = None
) -> list[Owed]:
    """Hub leaders whose hub has no school yet."""
    taken = Seat.objects.filter(hub_round=OuterRef("pk")).exclude(submission=None)
    rows = list(_hub_rounds(milestone, user, subjects).filter(~Exists(taken)))
    return _for_leaders(
        rows,
        lambda row, leader: _hub_owed(
            row, leader, "find schools for your hub", milestone.due_on, page="prospects"
        ),
    )


def _for_leaders(rows: list[HubRound], owed: Callable[[HubRound, _Leader], Owed]) -> list[Owed]:
    leaders = _leaders(row.hub_id for row in rows)
    return [owed(row, leaders[row.hub_id]) for row in rows if row.hub_id in leaders]


def _hub_owed(row: HubRound, leader: _Leader, what: str, due_on: date, *, page: str = "hub_round") -> Owed:
    return Owed(
        subject=f"hub:{row.hub_id}",
        title=row.hub.name,
        what=what,
        url=reverse(page, args=[row.hub.slug, row.round.slug]),
        due_on=due_on,
        since=max(leader.since, london_day(row.joined_at)),
        recipients=(leader.user,),
    )


def _names(ids: Collection[int]) -> Mapping[int, str]:
    return dict(Hub.objects.filter(pk__in=ids).values_list("pk", "name"))


def _watched(user: User) -> set[str] | None:
    """Hubs that the person leads: their steps are the leader's own."""
    leads = HubMembership.objects.current().filter(user=user, role=Role.HUB_LEADER.value)
    return {f"hub:{pk}" for pk in leads.values_list("hub_id", flat=True)} or None


subject_names["hub"] = _names
if _watched not in watched:
    watched.append(_watched)
duties[Step.RECRUIT, Audience.HUB_LEADER] = recruit
for _step in TRAINING_STEPS:
    duties[_step, Audience.SCHOOL] = school_training
    duties[_step, Audience.HUB_LEADER] = hub_training
