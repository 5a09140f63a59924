"""Thanks to hub leaders, on paper: one certificate for each round in which somebody led a hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.queries import hq_roles
from hubs.models import HubMembership, HubRound
from hubs.queries import schools_on_seats
from psqm_portal.core.certificates import certificates_pdf
from psqm_portal.core.clock import end_of
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Round, Step


@dataclass(frozen=True, slots=True)
class Led:
    """Somebody led a hub in a round that is over for its hub leaders: the schools know their outcomes."""

    hub_round: HubRound
    leader: User


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    hub: str
    round: str
    schools: int


def led(hub_rounds: QuerySet[HubRound], *, today: date, user: User | None = None) -> list[Led]:
    """Who led these hubs, the latest round first; of one person where ``user`` is given. Three queries."""
    told = dict(
        Milestone.objects.filter(
            step=Step.NOTIFY, audience=Audience.SCHOOL, round__hub_rounds__in=hub_rounds
        ).values_list("round", "opens_on")
    )
    over = [
        one
        for one in hub_rounds.select_related("hub", "round").order_by(
            "-round__year", "-round_id", "hub__name"
        )
        if one.round.status == Round.Status.ARCHIVED or told.get(one.round_id, date.max) <= today
    ]
    members = HubMembership.objects.filter(
        hub__in={one.hub_id for one in over}, role=Role.HUB_LEADER.value, **({"user": user} if user else {})
    ).select_related("user")
    people = list(members.order_by("started_at", "pk"))
    found = {
        (one.pk, member.user_id): Led(one, member.user)
        for one in over
        for member in people
        if member.hub_id == one.hub_id and _was_there(member, one, told.get(one.round_id))
    }
    return list(found.values())


def visible_to(user: User, hub_rounds: QuerySet[HubRound], *, today: date) -> list[Led]:
    """Everybody's for HQ's admins, else one's own, also after somebody else took the hub over."""
    return led(hub_rounds, today=today, user=None if Role.HQ_ADMIN in hq_roles(user) else user)


def led_by(user: User, *, today: date) -> list[Led]:
    rows = HubRound.objects.filter(
        Q(hub__memberships__user=user, hub__memberships__role=Role.HUB_LEADER.value)
    ).distinct()
    return led(rows, today=today, user=user)


def certificate(rows: Sequence[Led]) -> bytes:
    """One PDF with a page for each."""
    sheets = [
        Sheet(
            str(one.leader),
            str(one.hub_round.hub),
            str(one.hub_round.round),
            schools_on_seats(one.hub_round).distinct().count(),
        )
        for one in rows
    ]
    return certificates_pdf("certificates/hub_leader.html", sheets)


def _was_there(member: HubMembership, hub_round: HubRound, told_on: date | None) -> bool:
    before_the_end = told_on is None or member.started_at < end_of(told_on)
    return before_the_end and (member.ended_at is None or member.ended_at > hub_round.joined_at)
