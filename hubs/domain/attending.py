"""Certificates of attendance: a page for each person who came, made when somebody asks for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from hubs.domain import training
from hubs.models import HubMembership, LeaderMeeting, MeetingReply, SessionReply, TrainingSession
from psqm_portal.core.certificates import certificates_pdf
from psqm_portal.core.clock import end_of
from psqm_portal.core.roles import Role


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person's. ``signed``: who stands for it ("Ana Lee", "Hub leader of Chilterns")."""

    name: str
    of: str
    what: str
    held_on: date
    place: str
    signed: tuple[str, str]


def leader_on(session: TrainingSession) -> str:
    """Who led the hub on the day; who leads it now where nobody did."""
    rows = HubMembership.objects.filter(hub=session.hub_round.hub_id, role=Role.HUB_LEADER.value)
    ended = end_of(session.held_on)
    then = rows.filter(Q(ended_at=None) | Q(ended_at__gte=ended), started_at__lt=ended)
    row = (then or rows.current()).select_related("user").order_by("-started_at").first()
    return str(row.user) if row else ""


def session_sheets(session: TrainingSession, people: Iterable[SessionReply]) -> list[Sheet]:
    hub_round = session.hub_round
    signed = (leader_on(session), f"Hub leader, {hub_round.hub}")
    what = f"{training.name_of(hub_round.training, session.step)}, {hub_round.round}"
    return [
        Sheet(
            one.name,
            one.school.name,
            f"{what}, with the hub {hub_round.hub}",
            session.held_on,
            session.place,
            signed,
        )
        for one in people
        if one.came
    ]


def meeting_sheets(meeting: LeaderMeeting, people: Iterable[MeetingReply]) -> list[Sheet]:
    """``of`` is the hub that a person led on the day."""
    people = [one for one in people if one.came]
    ended = end_of(meeting.held_on)
    led = HubMembership.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=ended),
        user__in={one.user_id for one in people},
        role=Role.HUB_LEADER.value,
        started_at__lt=ended,
    )
    hubs = dict(led.order_by("-hub__name").values_list("user_id", "hub__name"))
    what = f"{meeting.title} for hub leaders"
    return [
        Sheet(
            one.name,
            f"Hub leader, {hubs[one.user_id]}" if one.user_id in hubs else "Hub leader",
            what,
            meeting.held_on,
            meeting.place,
            ("", "Primary Science Quality Mark"),
        )
        for one in people
    ]


def certificates(sheets: Sequence[Sheet]) -> bytes:
    """One PDF, a page for each."""
    return certificates_pdf("certificates/attendance.html", sheets)
