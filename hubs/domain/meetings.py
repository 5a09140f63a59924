"""HQ's meetings for hub leaders: made and held by HQ's admins, answered by hub leaders."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_roles
from hubs.domain import gatherings
from hubs.domain.gatherings import Answer, Face, Plan
from hubs.domain.hubs import require_hq
from hubs.models import HubMembership, LeaderMeeting, MeetingReply
from messaging.models import Email
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role

Kind = LeaderMeeting.Kind


# Reading


def leaders() -> QuerySet[User]:
    """Everybody who leads a hub now."""
    return User.objects.filter(
        Exists(HubMembership.objects.current().filter(user=OuterRef("pk"), role=Role.HUB_LEADER.value)),
        is_active=True,
    ).order_by("name", "id")


def _trained() -> QuerySet[MeetingReply]:
    return MeetingReply.objects.filter(came=True, meeting__kind=Kind.INITIAL)


def invited_to(meeting: LeaderMeeting) -> QuerySet[User]:
    """Hub leaders whom it is for: the initial training only those who haven't had it."""
    rows = leaders()
    if meeting.kind == Kind.INITIAL:
        rows = rows.exclude(Exists(_trained().filter(user=OuterRef("pk")).exclude(meeting=meeting)))
    return rows


def meetings_visible_to(user: User) -> QuerySet[LeaderMeeting]:
    """All for HQ's admins and viewers; for a hub leader those they are invited to or have answered."""
    if hq_roles(user) & {Role.HQ_ADMIN, Role.HQ_VIEWER}:
        return LeaderMeeting.objects.all()
    leads = HubMembership.objects.current().filter(user=user, role=Role.HUB_LEADER.value)
    answered = MeetingReply.objects.filter(meeting=OuterRef("pk"), user=user)
    return LeaderMeeting.objects.filter(
        Exists(leads),
        Q(invited_at__isnull=False)
        & (~Q(kind=Kind.INITIAL) | ~Exists(_trained().filter(user=user)) | Exists(answered)),
    )


def face_of(meeting: LeaderMeeting) -> Face:
    return Face(
        machine="leader_meeting",
        name=meeting.title,
        about=meeting.get_kind_display(),
        url=reverse("leader_meeting", args=[meeting.pk]),
        calendar=reverse("leader_meeting_calendar", args=[meeting.pk]),
        files_owner="meetings",
    )


# Verbs


@transaction.atomic
def set_meeting(
    meeting: LeaderMeeting | None, *, kind: str, title: str, by: User | None, now: datetime, **given: Any
) -> LeaderMeeting:
    """Makes or changes one (``given``: a Plan's). Whoever was told of it hears of another when or where.

    Raises Refused.
    """
    require_hq(by)
    plan = Plan(**given)
    meeting = gatherings.locked(meeting) if meeting is not None else LeaderMeeting()
    is_new = meeting.pk is None
    if meeting.pk and plan.held_on > london_day(now) and meeting.replies.filter(came=True).exists():
        raise Refused("You have recorded who came, so the meeting can't be in the future.")
    was_called_off = meeting.called_off_at is not None
    if was_called_off and plan.held_on == meeting.held_on:
        raise Refused("This meeting was called off. Give it another date to hold it after all.")
    changes = gatherings.apply(meeting, plan)
    meeting.kind, meeting.title = kind, title.strip()
    meeting.called_off_at, meeting.called_off_reason = None, ""
    if changes and not is_new:
        meeting.changed_at = now
    meeting.save()
    face = face_of(meeting)
    gatherings.write_down(meeting, face, "set", kind, by=by, now=now, reason=f"{meeting.held_on}")
    if not is_new and changes and meeting.invited_at and not gatherings.is_over(meeting, now):
        people = _concerned(meeting, also_refused=was_called_off)
        gatherings.tell("gathering_changed", people, meeting, face, now=now, changes=changes)
    _move_up(meeting, now=now)
    return meeting


def _concerned(meeting: LeaderMeeting, *, also_refused: bool = False) -> Iterable[User]:
    """Who comes or waits, and who was invited and hasn't answered."""
    rows = invited_to(meeting)
    if not also_refused:
        refused = MeetingReply.objects.filter(meeting=meeting, answer=Answer.NOT_COMING)
        rows = rows.exclude(pk__in=refused.values("user"))
    return rows


def not_answered(meeting: LeaderMeeting) -> QuerySet[User]:
    return invited_to(meeting).exclude(pk__in=MeetingReply.objects.filter(meeting=meeting).values("user"))


def not_yet_invited(meeting: LeaderMeeting) -> list[User]:
    """Whom :func:`invite` would write to."""
    people = list(invited_to(meeting))
    onces = {gatherings.once_of(face_of(meeting), meeting, "invited", one): one for one in people}
    written = set(Email.objects.filter(once__in=onces).values_list("once", flat=True))
    return [one for once, one in onces.items() if once not in written]


@transaction.atomic
def invite(meeting: LeaderMeeting, *, by: User | None, now: datetime) -> list[User | str]:
    """A mail to each hub leader whom it is for and who has had none; asking again tells only new ones."""
    require_hq(by)
    meeting = gatherings.locked(meeting)
    gatherings.require_open(meeting, now)
    face = face_of(meeting)
    told = gatherings.tell("meeting_invited", invited_to(meeting), meeting, face, now=now, once="invited")
    if meeting.invited_at is None:
        meeting.invited_at = now
        meeting.save(update_fields=["invited_at"])
    gatherings.write_down(meeting, face, "invite", f"{len(told)} people", by=by, now=now)
    return told


@transaction.atomic
def reply(
    meeting: LeaderMeeting, *, is_coming: bool, needs: str = "", by: User, now: datetime
) -> MeetingReply:
    """A hub leader's own answer. Raises Refused."""
    if not meetings_visible_to(by).filter(pk=meeting.pk).exists() or not leaders().filter(pk=by.pk).exists():
        raise PermissionDenied
    meeting = gatherings.locked(meeting)
    gatherings.require_open(meeting, now)
    made = MeetingReply.objects.filter(meeting=meeting, user=by).first()
    made = made or MeetingReply(meeting=meeting, user=by, answer="")
    made.name, made.email, made.needs = str(by)[:150], "", needs.strip() if is_coming else ""
    wanted = made.answer if is_coming and made.answer in {Answer.COMING, Answer.WAITING} else ""
    if not wanted:
        wanted = gatherings.answer_now(meeting) if is_coming else Answer.NOT_COMING
    if made.answer != wanted:
        made.answer, made.replied_at = wanted, now
    made.save()
    _move_up(meeting, now=now)
    return made


def _move_up(meeting: LeaderMeeting, *, now: datetime) -> None:
    moved = gatherings.move_up(meeting, now=now)
    people = [one.user for one in moved]
    gatherings.tell("gathering_place", people, meeting, face_of(meeting), now=now)


@transaction.atomic
def call_off(meeting: LeaderMeeting, reason: str, *, by: User | None, now: datetime) -> None:
    require_hq(by)
    meeting = gatherings.locked(meeting)
    face = face_of(meeting)
    if gatherings.call_off(meeting, face, reason, by=by, now=now) and meeting.invited_at:
        people = _concerned(meeting)
        gatherings.tell("gathering_called_off", people, meeting, face, now=now, reason=reason.strip())


@transaction.atomic
def save_register(
    meeting: LeaderMeeting, marks: Mapping[int, bool], *, by: User | None, now: datetime
) -> None:
    """``marks``: a person → whether they came, only for those of whom it is said anew. Raises Refused."""
    require_hq(by)
    meeting = gatherings.locked(meeting)
    if meeting.called_off_at:
        raise Refused("This meeting was called off.")
    if meeting.held_on > london_day(now):
        raise Refused("You can record who came from the day of the meeting on.")
    known = {row.user_id: row for row in meeting.replies.all()}
    people = User.objects.in_bulk(list(marks))
    for pk, came in marks.items():
        row = known.get(pk)
        if row is None and came and pk in people:
            row = MeetingReply(
                meeting=meeting,
                user=people[pk],
                name=str(people[pk])[:150],
                answer=Answer.COMING,
                replied_at=now,
            )
        if row is not None:
            row.came = came
            row.save()
    meeting.replies.filter(came=None).update(came=False)
    gatherings.write_down(meeting, face_of(meeting), "register", "saved", by=by, now=now)


@transaction.atomic
def leave(user_id: int, *, now: datetime) -> None:
    """Somebody who leads no hub any more gives their places back."""
    if leaders().filter(pk=user_id).exists():
        return
    ahead = LeaderMeeting.objects.filter(
        held_on__gte=london_day(now),
        replies__user=user_id,
        replies__answer__in=[Answer.COMING, Answer.WAITING],
    )
    for meeting in ahead.select_for_update(of=("self",)).order_by("pk"):
        meeting.replies.filter(user=user_id).update(answer=Answer.NOT_COMING, replied_at=now)
        _move_up(meeting, now=now)
