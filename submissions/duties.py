"""Who still owes a step of a submission: asked by reminders and by "waiting for you" alike."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from hubs.models import HubMembership
from psqm_portal.core.clock import london_day
from psqm_portal.core.registers import Owed, Owing, duties, ids_of, subject_names, watched
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from schools.models import SchoolMembership
from submissions.domain.later_date import ANSWERS
from submissions.models import LIVE, Evidence, Part, Submission
from submissions.models.submission import Status
from submissions.queries import places_of, with_own_date

if TYPE_CHECKING:
    from submissions.queries import SubmissionWithOwnDate

Rows = Callable[[QuerySet[Submission]], QuerySet[Submission]]


@dataclass(frozen=True, slots=True)
class Duty:
    """A step, whose it is, which submissions still owe it, and how a person is asked for it."""

    step: Step
    audience: Audience
    what: str
    url_name: str
    rows: Rows


def _enrolled(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.filter(status=Status.ENROLLED)


def _plan(*statuses: Part.Status) -> Exists:
    return Exists(
        Part.objects.filter(submission=OuterRef("pk"), kind=Part.Kind.ACTION_PLAN, status__in=statuses)
    )


SCHOOL, HUB_LEADER = Audience.SCHOOL, Audience.HUB_LEADER
DUTIES = [
    Duty(
        Step.AUDIT, SCHOOL, "finish your audit and propose a level", "submission_level",
        lambda rows: _enrolled(rows).filter(target_level=None, proposed_level=None),
    ),
    Duty(
        Step.LEVELS, HUB_LEADER, "confirm the level they propose", "submission_level",
        lambda rows: _enrolled(rows).filter(proposed_level__isnull=False),
    ),
    Duty(
        Step.ACTION_PLAN, SCHOOL, "complete your action plan and send it", "action_plan",
        lambda rows: _enrolled(rows).filter(_plan(Part.Status.DRAFT, Part.Status.RETURNED)),
    ),
    Duty(
        Step.ACTION_PLAN, HUB_LEADER, "review their action plan", "action_plan",
        lambda rows: _enrolled(rows).filter(_plan(Part.Status.SENT)),
    ),
    Duty(
        Step.IMPLEMENT, SCHOOL, "start gathering evidence", "evidence",
        lambda rows: _enrolled(rows).filter(
            ~Exists(Evidence.objects.filter(submission=OuterRef("pk"), removed_at=None))
        ),
    ),
    Duty(
        Step.SEND_FOR_SIGN_OFF, SCHOOL, "send your submission for sign-off", "sign_off", _enrolled,
    ),
    Duty(
        Step.FINALISE, HUB_LEADER, "sign off their submission or return it", "sign_off",
        lambda rows: rows.filter(status=Status.WITH_HUB),
    ),
    Duty(
        Step.SUBMIT, SCHOOL, "submit your work", "submit",
        lambda rows: rows.filter(status__in=[Status.ENROLLED, Status.SIGNED_OFF]),
    ),
]  # fmt: skip


def _owing(duty: Duty) -> Owing:
    def owing(
        milestone: Milestone, _: datetime, user: User | None, /, *, subjects: Collection[str] | None = None
    ) -> list[Owed]:
        owe = Submission.objects.filter(round_id=milestone.round_id)
        if user is not None:
            owe = owe.filter(_concerns(user, duty.audience))
        if subjects is not None:
            owe = owe.filter(pk__in=ids_of("submission", subjects))
        owe = owe.select_related("school").only("school", "hub", "enrolled_at", "school__name")
        rows = list(owing_rows(duty, owe))
        people = _People(rows)
        return [
            Owed(
                subject=row.key,
                title=row.school.name,
                what=duty.what,
                url=reverse(duty.url_name, args=[row.pk]),
                due_on=due_day(duty, milestone.due_on, row.own_date),
                since=london_day(row.enrolled_at),
                recipients=people.leaders(row) if duty.audience == SCHOOL else people.hub_leaders(row),
                copied=people.hub_leaders(row) if duty.audience == SCHOOL else (),
            )
            for row in rows
        ]

    return owing


def owing_rows(duty: Duty, rows: QuerySet[Submission]) -> "QuerySet[SubmissionWithOwnDate]":
    """Those that owe it, with ``own_date``: the school's own date for the step, or for what it answers."""
    return with_own_date(duty.rows(rows), ANSWERS.get(duty.step, duty.step))


def due_day(duty: Duty, rounds_day: date, own_date: date | None) -> date:
    """A school's own date counts for it; it moves the hub leader's answer along, never to an earlier day."""
    if own_date is None:
        return rounds_day
    return own_date if duty.audience == SCHOOL else max(rounds_day, own_date)


def _concerns(user: User, audience: Audience) -> Q:
    if audience == SCHOOL:
        mine = SchoolMembership.objects.current().filter(
            user=user, role=Role.SUBJECT_LEADER.value, school_id=OuterRef("school_id")
        )
        return Q(Exists(mine))
    hub = HubMembership.objects.current().filter(
        user=user, role=Role.HUB_LEADER.value, hub_id=OuterRef("hub_id")
    )
    at_school = SchoolMembership.objects.filter(user=user, school_id=OuterRef("school_id"))
    return Q(Exists(hub)) & ~Q(Exists(at_school))


class _People:
    """Subject leaders and hub leaders of many submissions in three queries."""

    def __init__(self, rows: Sequence[Submission]) -> None:
        schools, hubs = {row.school_id for row in rows}, {row.hub_id for row in rows}
        self._leaders: dict[int, list[User]] = defaultdict(list)
        at_school = SchoolMembership.objects.current().filter(
            school_id__in=schools, role=Role.SUBJECT_LEADER.value, user__is_active=True
        )
        for member in at_school.select_related("user"):
            self._leaders[member.school_id].append(member.user)
        self._hub: dict[int, list[User]] = defaultdict(list)
        at_hub = HubMembership.objects.current().filter(
            hub_id__in=hubs, role=Role.HUB_LEADER.value, user__is_active=True
        )
        for leader in at_hub.select_related("user"):
            self._hub[leader.hub_id].append(leader.user)
        # Who leads the hub and is or was at the school isn't its hub leader.
        ever = SchoolMembership.objects.filter(
            school_id__in=schools, user__in={user.pk for users in self._hub.values() for user in users}
        )
        self._ever = set(ever.values_list("school_id", "user_id"))

    def leaders(self, row: Submission) -> tuple[User, ...]:
        return tuple(self._leaders[row.school_id])

    def hub_leaders(self, row: Submission) -> tuple[User, ...]:
        return tuple(user for user in self._hub[row.hub_id] if (row.school_id, user.pk) not in self._ever)


def _names(ids: Collection[int]) -> Mapping[int, str]:
    return dict(Submission.objects.filter(pk__in=ids).values_list("pk", "school__name"))


def _watched(user: User) -> set[str] | None:
    """Schools at work in hubs that the person leads or mentors, but for those they are or were members of."""
    places = places_of(user)
    if not places.hubs:
        return None
    rows = Submission.objects.filter(status__in=LIVE, hub_id__in={hub for hub, _ in places.hubs})
    rows = rows.exclude(school_id__in=places.known_schools)
    return {f"submission:{pk}" for pk in rows.values_list("pk", flat=True)}


subject_names["submission"] = _names
if _watched not in watched:
    watched.append(_watched)
for _duty in DUTIES:
    duties[_duty.step, _duty.audience] = _owing(_duty)
