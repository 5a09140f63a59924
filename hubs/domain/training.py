"""Training sessions of a hub in a round: when they are, who comes from each school, and who came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import User
from hubs.domain import gatherings
from hubs.domain.gatherings import Answer, Face, Plan
from hubs.models import Attendance, CatchUp, HubRound, SessionReply, TrainingSession
from hubs.queries import roles_towards, schools_on_seats
from psqm_portal.core import events
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import HUB, SCHOOL, Role
from psqm_portal.core.seen import check
from rounds.models import Round, Step
from schools.models import School, SchoolMembership

Training = HubRound.Training

STEPS: Mapping[str, tuple[Step, ...]] = {
    Training.DAYS: (Step.TRAINING_1, Step.TRAINING_2),
    Training.SESSIONS: (Step.TRAINING_1, Step.SESSION_2, Step.SESSION_3, Step.TRAINING_2),
    Training.ONLINE: (),
}
MOST_PEOPLE = 20


def name_of(training: str, step: str) -> str:
    """What a hub calls a step: "Training day 2" or "Session 4"."""
    steps = STEPS[training]
    number = steps.index(Step(step)) + 1 if step in steps else 0
    return f"Training day {number}" if training == Training.DAYS else f"Session {number}"


def _require_trainer(hub_round: HubRound, by: User | None) -> None:
    if by is not None and not roles_towards(by, hub_round.hub) & (HUB | {Role.HQ_ADMIN}):
        raise PermissionDenied


def schools_for(user: User | None, hub_round: HubRound) -> QuerySet[School]:
    """Schools on the hub's places whose people a person may look after: nobody those where they are or were
    a member; HQ's admins and viewers all.
    """
    rows = schools_on_seats(hub_round)
    if user is None or roles_towards(user, hub_round.hub) & {Role.HQ_ADMIN, Role.HQ_VIEWER}:
        return rows
    return rows.exclude(Exists(SchoolMembership.objects.filter(user=user, school=OuterRef("pk"))))


def own_schools(user: User, hub_round: HubRound) -> QuerySet[School]:
    """Schools on the hub's places for which a person answers as subject leader or headteacher."""
    mine = SchoolMembership.objects.current().filter(
        user=user, role__in=[role.value for role in SCHOOL], school=OuterRef("pk")
    )
    return schools_on_seats(hub_round).filter(Exists(mine))


def face_of(session: TrainingSession) -> Face:
    hub_round = session.hub_round
    names = [hub_round.hub.slug, hub_round.round.slug, session.step]
    return Face(
        machine="training_session",
        name=name_of(hub_round.training, session.step),
        about=f"{hub_round.hub}, {hub_round.round}",
        url=reverse("session_page", args=[session.pk]),
        calendar=reverse("session_calendar", args=names),
        files_owner=f"hub-{hub_round.hub_id}",
    )


def school_leaders(schools: Iterable[int]) -> dict[int, list[User]]:
    """School → who hears of its training: its subject leaders, or its headteacher where there is none."""
    rows = (
        SchoolMembership.objects.current()
        .filter(school_id__in=set(schools), role__in=[role.value for role in SCHOOL], user__is_active=True)
        .select_related("user")
        .order_by("user__name", "user_id")
    )
    found: dict[int, list[User]] = defaultdict(list)
    heads: dict[int, list[User]] = defaultdict(list)
    for row in rows:
        (found if row.role == Role.SUBJECT_LEADER else heads)[row.school_id].append(row.user)
    return {**heads, **found}


@transaction.atomic
def set_session(
    hub_round: HubRound, step: str, *, by: User | None, now: datetime, **given: Any
) -> TrainingSession:
    """Sets or moves a session (``given``: a Plan's); reminders of training go by its date. Raises Refused.

    The first date invites the hub's schools; another when or where is told to whom it concerns.
    """
    _require_trainer(hub_round, by)
    plan = Plan(**given)
    HubRound.objects.select_for_update().get(pk=hub_round.pk)
    if step not in STEPS[hub_round.training]:
        raise Refused("This hub doesn't have that session.")
    if hub_round.round.status in {Round.Status.CLOSED, Round.Status.ARCHIVED}:
        raise Refused(f"{hub_round.round} is closed, so its sessions stay as they are.")
    session = TrainingSession.objects.select_for_update().filter(hub_round=hub_round, step=step).first()
    session = session or TrainingSession(hub_round=hub_round, step=step)
    session.hub_round = hub_round
    is_new, was_called_off = session.pk is None, session.called_off_at is not None
    if not is_new and plan.held_on > london_day(now) and session.attendances.exists():
        raise Refused("You have recorded who came, so the session can't be in the future.")
    if was_called_off and plan.held_on == session.held_on:
        raise Refused("This session was called off. Give it another date to hold it after all.")
    changes = gatherings.apply(session, plan)
    session.called_off_at, session.called_off_reason = None, ""
    if changes and not is_new:
        session.changed_at = now
    session.save()
    face = face_of(session)
    gatherings.write_down(session, face, "set", step, by=by, now=now, reason=f"{session.held_on}")
    if changes and not gatherings.is_over(session, now):
        if is_new:
            everybody = _concerned(session, also_refused=True)
            gatherings.tell("session_invited", everybody, session, face, now=now, once="invited")
        else:
            people = _concerned(session, also_refused=was_called_off)
            gatherings.tell("gathering_changed", people, session, face, now=now, changes=changes)
    _move_up(session, now=now)
    return session


def _concerned(session: TrainingSession, *, also_refused: bool = False) -> list[User | str]:
    """Who comes or waits, and for schools that haven't answered who hears of their training."""
    schools = set(schools_on_seats(session.hub_round).values_list("pk", flat=True))
    leaders = school_leaders(schools)
    people: list[User | str] = []
    answered: set[int] = set()
    for one in session.replies.filter(school__in=schools).select_related("user"):
        answered.add(one.school_id)
        if also_refused or one.answer != Answer.NOT_COMING:
            people += _addresses(one, leaders)
    for school in schools if also_refused else schools - answered:
        people += leaders.get(school, [])
    return people


def _addresses(one: SessionReply, leaders: Mapping[int, list[User]]) -> list[User | str]:
    """Their own account or address, else who hears of their school's training."""
    if one.user is not None:
        return [one.user]
    return [one.email] if one.email else [*leaders.get(one.school_id, [])]


def _move_up(session: TrainingSession, *, now: datetime) -> None:
    if not (moved := gatherings.move_up(session, now=now)):
        return
    leaders = school_leaders(one.school_id for one in moved)
    for one in moved:
        people = _addresses(one, leaders)
        gatherings.tell("gathering_place", people, session, face_of(session), now=now, name=one.name)


@transaction.atomic
def call_off(session: TrainingSession, reason: str, *, by: User | None, now: datetime) -> None:
    """Whoever wanted to come, or hasn't answered, is told why. Raises Refused."""
    _require_trainer(session.hub_round, by)
    HubRound.objects.select_for_update().get(pk=session.hub_round_id)
    session = gatherings.locked(session)
    if session.attendances.exists():
        raise Refused("You have recorded who came, so it took place.")
    face = face_of(session)
    if gatherings.call_off(session, face, reason, by=by, now=now):
        people = _concerned(session)
        gatherings.tell("gathering_called_off", people, session, face, now=now, reason=reason.strip())


# Answers


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is to come; ``pk`` is their answer so far, whoever then stood there."""

    name: str
    email: str = ""
    needs: str = ""
    pk: int | None = None


def standing(replies: Iterable[SessionReply]) -> dict[str, Any]:
    """What a page shows of a school's answers, for the mark that tells which it was."""
    rows = sorted(replies, key=lambda one: one.pk)
    return {
        "people": [[one.pk, one.answer == Answer.NOT_COMING, one.name, one.email, one.needs] for one in rows]
    }


def _require_reply(session: TrainingSession, school: School, by: User) -> None:
    hub_round = session.hub_round
    if own_schools(by, hub_round).filter(pk=school.pk).exists():
        return
    _require_trainer(hub_round, by)
    if not schools_for(by, hub_round).filter(pk=school.pk).exists():
        raise PermissionDenied


@transaction.atomic
def answer(
    session: TrainingSession,
    school: School,
    guests: Sequence[Guest],
    *,
    by: User,
    now: datetime,
    seen: str | None = None,
) -> list[SessionReply]:
    """Who comes from a school, as a whole; nobody: it can't come. Raises Refused and OutOfDate.

    Who stays on the list keeps their place, also under another name; who is new gets one while there is one,
    else waits.
    """
    _require_reply(session, school, by)
    session = gatherings.locked(session)
    gatherings.require_open(session, now)
    if len(guests) > MOST_PEOPLE:
        raise Refused(f"From one school come up to {MOST_PEOPLE} people.")
    names = [one.name.strip().casefold() for one in guests]
    if len(set(names)) < len(names):
        raise Refused("Two people have the same name. Say who is who, so that we can tell them apart.")
    rows = {one.pk: one for one in session.replies.filter(school=school)}
    check(standing(rows.values()), {}, seen=seen)
    chosen = _chosen(session, school, guests, rows)
    kept = {row.pk for row in chosen}
    for row in rows.values():
        if row.pk not in kept and row.answer != Answer.NOT_COMING:
            row.answer, row.needs, row.replied_at = Answer.NOT_COMING, "", now
            row.save(update_fields=["answer", "needs", "replied_at"])
    # First who waited before, then who is new.
    _move_up(session, now=now)
    for row in chosen:
        row.answer = _answer_of(row)
        if row.answer not in {Answer.COMING, Answer.WAITING}:
            row.answer, row.replied_at = gatherings.answer_now(session), now
        row.save()
    if not guests and not rows:
        SessionReply.objects.create(
            session=session, school=school, name=str(by)[:150], answer=Answer.NOT_COMING, replied_at=now
        )  # fmt: skip
    gatherings.write_down(session, face_of(session), "answer", f"{len(guests)} people", by=by, now=now)
    return chosen


def _chosen(
    session: TrainingSession, school: School, guests: Iterable[Guest], rows: Mapping[int, SessionReply]
) -> list[SessionReply]:
    """Each guest's row, changed but not saved: the one they stood on, or the one with their name."""
    free = dict(rows)
    by_name = {one.name.casefold(): one for one in rows.values()}
    members = {
        str(one.user).casefold(): one.user
        for one in SchoolMembership.objects.current().filter(school=school).select_related("user")
    }
    chosen = []
    for guest in guests:
        name = guest.name.strip()
        same = by_name.get(name.casefold())
        pk = same.pk if same is not None else guest.pk
        row = free.pop(pk or 0, None)
        # Who came has a certificate in their name: nobody else gets it by taking their line.
        if row is None or (row.came and row.name.casefold() != name.casefold()):
            row = SessionReply(session=session, school=school, answer="")
        row.name, row.user = name, members.get(name.casefold())
        row.email, row.needs = "" if row.user else guest.email.strip(), guest.needs.strip()
        chosen.append(row)
    return chosen


def _answer_of(row: SessionReply) -> str:
    """As it stands: they may just have moved up."""
    if row._state.adding:
        return ""
    return SessionReply.objects.values_list("answer", flat=True).get(pk=row.pk)


@transaction.atomic
def leave(school_id: int, round_id: int, *, now: datetime) -> None:
    """A school without a place in the hub any more gives its people's places back."""
    ahead = TrainingSession.objects.filter(
        hub_round__round_id=round_id,
        held_on__gte=london_day(now),
        replies__school=school_id,
        replies__answer__in=[Answer.COMING, Answer.WAITING],
    ).exclude(hub_round__seats__submission__school=school_id)
    for pk in sorted(set(ahead.values_list("pk", flat=True))):
        session = TrainingSession.objects.select_for_update().get(pk=pk)
        session.replies.filter(school=school_id).update(answer=Answer.NOT_COMING, replied_at=now)
        _move_up(session, now=now)


# The register


@transaction.atomic
def record_attendance(
    session: TrainingSession, present: Mapping[int, int], *, by: User | None, now: datetime
) -> list[Attendance]:
    """The register: a school's id → how many came from it. Schools left out weren't there.

    Tells "training.attended" for each school that is new on it, "training.not_attended" for each taken
    off. Returns the new ones. Raises Refused.
    """
    _require_register(session, by, now)
    schools = {school.pk: school for school in schools_for(by, session.hub_round)}
    if set(present) - set(schools):
        raise Refused("One of these schools isn't in this hub any more. Look at the list again.")
    if any(not 1 <= people <= MOST_PEOPLE for people in present.values()):
        raise Refused(f"From one school come between 1 and {MOST_PEOPLE} people.")
    known = {row.school_id: row for row in session.attendances.filter(school__in=schools)}
    occasion, new = Occasion(by=by, now=now), []
    for school_id, people in present.items():
        if (row := known.get(school_id)) is not None:
            if row.people != people:
                row.people = people
                row.save(update_fields=["people"])
            continue
        row = Attendance.objects.create(session=session, school=schools[school_id], people=people)
        new.append(row)
        events.publish("training.attended", row, occasion)
    for school_id, row in known.items():
        if school_id not in present:
            events.publish("training.not_attended", row, occasion)
            row.delete()
    gatherings.write_down(session, face_of(session), "register", f"{len(present)} schools", by=by, now=now)
    return new


def _require_register(session: TrainingSession, by: User | None, now: datetime) -> None:
    """Locks the hub's round, so that two registers are saved one after the other, then the session: no answer
    that comes in meanwhile is written over, and one called off a moment ago has no register.
    """
    _require_trainer(session.hub_round, by)
    HubRound.objects.select_for_update().get(pk=session.hub_round_id)
    session = gatherings.locked(session)
    if session.called_off_at:
        raise Refused("This session was called off.")
    if session.held_on > london_day(now):
        raise Refused("You can record who came from the day of the session on.")


@dataclass(slots=True)
class Marks:
    """What a page of the register says anew; what it leaves out stays as it stands.

    ``replies``: an answer's id → came. ``members``: (school, person) who hadn't answered. ``unnamed``: a
    school → whether somebody came whose name isn't known. ``names``: a school → who else came.
    """

    replies: dict[int, bool] = field(default_factory=dict)
    members: dict[tuple[int, int], bool] = field(default_factory=dict)
    unnamed: dict[int, bool] = field(default_factory=dict)
    names: dict[int, list[str]] = field(default_factory=dict)


def unnamed_of(people: int, named: int) -> int:
    """How many of those who came have no name on the register."""
    return max(people - named, 0)


@transaction.atomic
def save_register(session: TrainingSession, marks: Marks, *, by: User | None, now: datetime) -> None:
    """Who came, person by person, as far as it is said anew: two phones add up. Raises Refused."""
    _require_register(session, by, now)
    schools = {school.pk: school for school in schools_for(by, session.hub_round)}
    replies: dict[int, dict[str, SessionReply]] = {pk: {} for pk in schools}
    for row in session.replies.filter(school__in=schools):
        replies[row.school_id][row.name.casefold()] = row
    people = dict(session.attendances.filter(school__in=schools).values_list("school_id", "people"))
    members = User.objects.in_bulk({user for _, user in marks.members})
    present = {}
    for pk, school in schools.items():
        rows = replies[pk]
        unnamed = unnamed_of(people.get(pk, 0), _named(rows))
        for row in rows.values():
            row.came = marks.replies.get(row.pk, row.came or False)
        for (place, user), came in marks.members.items():
            if place == pk and came and user in members:
                _came(session, school, rows, str(members[user]), now).user = members[user]
        for name in marks.names.get(pk, []):
            if name.casefold() not in rows:
                unnamed = max(unnamed - 1, 0)
            _came(session, school, rows, name, now)
        if pk in marks.unnamed:
            unnamed = max(unnamed, 1) if marks.unnamed[pk] else 0
        for row in rows.values():
            row.save()
        present[pk] = _named(rows) + unnamed
    record_attendance(session, {pk: count for pk, count in present.items() if count}, by=by, now=now)


def _named(rows: Mapping[str, SessionReply]) -> int:
    return sum(1 for row in rows.values() if row.came)


def _came(
    session: TrainingSession, school: School, rows: dict[str, SessionReply], name: str, now: datetime
) -> SessionReply:
    key = name.strip().casefold()
    if key not in rows:
        rows[key] = SessionReply(
            session=session, school=school, name=name.strip()[:150], answer=Answer.COMING, replied_at=now
        )
    rows[key].came = True
    return rows[key]


@transaction.atomic
def catch_up(
    session: TrainingSession, school: School, *, held_on: date, how: str, by: User | None, now: datetime
) -> CatchUp:
    """How a school made up for a session it missed: it owes it no more. It isn't on the register by that, so
    nothing is paid for it (docs/decisions/0076). Raises Refused.
    """
    _require_trainer(session.hub_round, by)
    if not schools_for(by, session.hub_round).filter(pk=school.pk).exists():
        raise PermissionDenied
    if not gatherings.is_over(session, now):
        raise Refused("You can say how a school caught up once the session is over.")
    if session.attendances.filter(school=school).exists():
        raise Refused(f"{school} is on the register of this session.")
    if not session.held_on <= held_on <= london_day(now):
        raise Refused("A school catches up after the session and by today: look at the date.")
    made, _ = CatchUp.objects.update_or_create(
        session=session, school=school, defaults={"held_on": held_on, "how": how.strip(), "by": by, "at": now}
    )
    gatherings.write_down(session, face_of(session), "catch_up", f"school:{school.pk}", by=by, now=now)
    return made


@transaction.atomic
def forget_catch_up(row: CatchUp, *, by: User | None, now: datetime) -> None:
    session = row.session
    _require_trainer(session.hub_round, by)
    if not schools_for(by, session.hub_round).filter(pk=row.school_id).exists():
        raise PermissionDenied
    gatherings.write_down(
        session, face_of(session), "forget_catch_up", f"school:{row.school_id}", by=by, now=now
    )
    row.delete()
