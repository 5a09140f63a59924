"""What the pages of training show: a hub's sessions, one of them for its reader, its register."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from hubs.domain.gatherings import Answer, coming_first
from hubs.domain.training import STEPS, name_of, own_schools, schools_for, unnamed_of
from hubs.models import CatchUp, HubRound, LeaderMeeting, SessionReply, TrainingSession
from psqm_portal.core.roles import SCHOOL
from rounds.models import Audience
from schools.models import School, SchoolMembership

# The seed asks for two days a year of each hub; four sessions count as two days.
DAYS = 2


@dataclass(frozen=True, slots=True)
class Missed:
    school: School
    catch_up: CatchUp | None


@dataclass(frozen=True, slots=True)
class Row:
    """A session that the hub should hold. ``came`` None: no register yet; ``missed`` only with a register."""

    step: str
    name: str
    due_on: date | None
    session: Any
    came: int | None
    missed: Sequence[Missed]
    has_begun: bool

    @property
    def is_held(self) -> bool:
        return bool(self.came)

    @property
    def to_come(self) -> Sequence[Missed]:
        return [one for one in self.missed if one.catch_up is None]


@dataclass(frozen=True, slots=True)
class HubTraining:
    rows: Sequence[Row]

    @property
    def days_held(self) -> float:
        """As days: of four sessions each is half a day."""
        held = sum(row.is_held for row in self.rows)
        return held * DAYS / len(self.rows) if self.rows else 0

    @property
    def without_date(self) -> list[str]:
        return [row.name for row in self.rows if row.session is None or row.session.called_off_at]

    @property
    def without_register(self) -> list[str]:
        return [row.name for row in self.rows if row.has_begun and not row.is_held]


def with_counts(rows: Any) -> Any:
    """Annotates ``coming``, ``waiting`` and ``files`` (materials)."""
    return rows.annotate(
        coming=Count("replies", filter=Q(replies__answer=Answer.COMING), distinct=True),
        waiting=Count("replies", filter=Q(replies__answer=Answer.WAITING), distinct=True),
        files=Count("materials", distinct=True),
    )


def of_hub(user: User, hub_round: HubRound, *, today: date) -> HubTraining:
    """Who missed a session is said of the schools that the reader looks after."""
    held: dict[str, Any] = {
        row.step: row for row in with_counts(hub_round.sessions).prefetch_related("attendances", "catch_ups")
    }
    schools = list(schools_for(user, hub_round))
    due = dict(hub_round.round.milestones.filter(audience=Audience.HUB_LEADER).values_list("step", "due_on"))
    rows = []
    for step in STEPS[hub_round.training]:
        session = held.get(step)
        came = {one.school_id for one in session.attendances.all()} if session else set()
        caught_up = {one.school_id: one for one in session.catch_ups.all()} if session else {}
        rows.append(
            Row(
                step=step.value,
                name=name_of(hub_round.training, step),
                due_on=due.get(step),
                session=session,
                came=len(came) or None,
                missed=[Missed(one, caught_up.get(one.pk)) for one in schools if one.pk not in came]
                if came
                else [],
                has_begun=session is not None and not session.called_off_at and session.held_on <= today,
            )
        )
    return HubTraining(rows)


@dataclass(frozen=True, slots=True)
class SchoolAnswer:
    """One school at a session. ``is_own``: the reader answers for it as one of its people."""

    school: School
    replies: Sequence[SessionReply]
    is_own: bool
    people: int | None
    catch_up: CatchUp | None

    @property
    def coming(self) -> list[SessionReply]:
        return [one for one in self.replies if one.answer != Answer.NOT_COMING]

    @property
    def came(self) -> list[SessionReply]:
        return [one for one in self.replies if one.came]


@dataclass(frozen=True, slots=True)
class SessionPage:
    session: Any
    schools: Sequence[SchoolAnswer]
    has_register: bool

    @property
    def own(self) -> list[SchoolAnswer]:
        return [one for one in self.schools if one.is_own]

    @property
    def silent(self) -> list[SchoolAnswer]:
        return [one for one in self.schools if not one.replies]

    @property
    def answered(self) -> list[tuple[School, SessionReply]]:
        """Everybody by school; those on the waiting list stand in its order in ``waiting``."""
        return [(one.school, reply) for one in self.schools for reply in one.replies]

    @property
    def waiting(self) -> list[SessionReply]:
        rows = [reply for _, reply in self.answered if reply.answer == Answer.WAITING]
        return sorted(rows, key=lambda one: (one.replied_at, one.pk))

    @property
    def missed(self) -> list[SchoolAnswer]:
        return [one for one in self.schools if self.has_register and not one.people]

    @property
    def with_names(self) -> bool:
        """Whether there is somebody for whom a certificate can be made."""
        return any(one.came for one in self.schools)


def of_session(user: User, session: TrainingSession, *, sees_hub: bool) -> SessionPage:
    """``sees_hub``: as one of the hub's or HQ's people, who see all schools but those they are or were at."""
    hub_round = session.hub_round
    own = set(own_schools(user, hub_round).values_list("pk", flat=True))
    schools = {one.pk: one for one in own_schools(user, hub_round)} if own else {}
    if sees_hub:
        schools |= {one.pk: one for one in schools_for(user, hub_round)}
    replies: dict[int, list[SessionReply]] = defaultdict(list)
    for one in session.replies.filter(school__in=schools):
        replies[one.school_id].append(one)
    people = dict(session.attendances.values_list("school_id", "people"))
    caught_up = {one.school_id: one for one in session.catch_ups.filter(school__in=schools)}
    rows = [
        SchoolAnswer(
            school=school,
            replies=coming_first(replies[pk]),
            is_own=pk in own,
            people=people.get(pk),
            catch_up=caught_up.get(pk),
        )
        for pk, school in sorted(schools.items(), key=lambda item: (item[1].name, item[0]))
    ]
    return SessionPage(session=session, schools=rows, has_register=bool(people))


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody who may have come. ``key``: "reply-12", "member-3-7" (school, person), "person-7"."""

    key: str
    label: str
    came: bool
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The ticks of one school; ``unnamed``: how many came whose names nobody knows."""

    pk: int
    label: str
    ticks: Sequence[Tick]
    unnamed: int = 0


def register_groups(user: User, session: TrainingSession) -> list[Group]:
    """Each school with those who answered, and its people who haven't."""
    schools = list(schools_for(user, session.hub_round))
    replies: dict[int, list[SessionReply]] = defaultdict(list)
    for one in session.replies.filter(school__in=schools):
        replies[one.school_id].append(one)
    members: dict[int, list[User]] = defaultdict(list)
    rows = SchoolMembership.objects.current().filter(
        school__in=schools, role__in=[role.value for role in SCHOOL], user__is_active=True
    )
    for member in rows.select_related("user").order_by("user__name", "user_id"):
        if member.user not in members[member.school_id]:
            members[member.school_id].append(member.user)
    people = dict(session.attendances.values_list("school_id", "people"))
    return [_group(one, replies[one.pk], members[one.pk], people.get(one.pk, 0)) for one in schools]


def _group(school: School, replies: Iterable[SessionReply], members: Iterable[User], people: int) -> Group:
    replies = coming_first(replies)
    known = {one.user_id for one in replies} | {one.name.casefold() for one in replies}
    ticks = [
        Tick(
            f"reply-{one.pk}",
            one.name,
            bool(one.came),
            "" if one.answer == Answer.COMING else one.get_answer_display(),
        )
        for one in replies
    ]
    ticks += [
        Tick(f"member-{school.pk}-{one.pk}", str(one), came=False, hint="Hasn’t answered")
        for one in members
        if one.pk not in known and str(one).casefold() not in known
    ]
    named = sum(bool(one.came) for one in replies)
    return Group(school.pk, school.name, ticks, unnamed_of(people, named))


def meeting_group(meeting: LeaderMeeting, leaders: Iterable[User]) -> Group:
    """Everybody who answered, then the other hub leaders."""
    replies = coming_first(meeting.replies.all())
    known = {one.user_id for one in replies}
    ticks = [
        Tick(
            f"person-{one.user_id}",
            one.name,
            bool(one.came),
            "" if one.answer == Answer.COMING else one.get_answer_display(),
        )
        for one in replies
    ]
    ticks += [
        Tick(f"person-{one.pk}", str(one), came=False, hint="Hasn’t answered")
        for one in leaders
        if one.pk not in known
    ]
    return Group(0, "Hub leaders", ticks)
