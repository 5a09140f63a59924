"""Who leads a hub, in which rounds it takes part, and with how many places."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max

from accounts.domain.invitations import invite
from accounts.models import Invitation, User
from accounts.queries import hq_roles
from hubs.models import Hub, HubMembership, HubRound, Seat
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import HUB, Role
from rounds.models import Kind, Round
from schools.distance import point_of_postcode

MOST_PLACES = 50


def require_hq(by: User | None, *roles: Role) -> None:
    """``by`` None is a program; a person needs one of the roles (HQ admin where none is named)."""
    if by is not None and not hq_roles(by) & set(roles or (Role.HQ_ADMIN,)):
        raise PermissionDenied


def locate(hub: Hub) -> bool:
    """Puts the hub where the register's schools with its postcode are; False where none is known there."""
    point = point_of_postcode(hub.postcode) if hub.postcode else None
    hub.easting, hub.northing = point or (None, None)
    hub.save(update_fields=["easting", "northing"])
    return point is not None


def take_part(hub: Hub, round_: Round, *, training: str, by: User | None, now: datetime) -> HubRound:
    """The hub joins a round with as many places as the round gives a hub; doing it twice changes nothing."""
    require_hq(by)
    if round_.kind == Kind.REACCREDITATION:
        training = HubRound.Training.ONLINE
    if training not in HubRound.Training.values:
        raise Refused("Choose how this hub trains its schools.")
    with transaction.atomic():
        hub_round, made = HubRound.objects.get_or_create(
            hub=hub, round=round_, defaults={"training": training, "joined_at": now}
        )
        if made:
            _add_seats(hub_round, round_.hub_capacity)
            _remember("hub_round", hub_round.pk, "take_part", training, by=by, now=now)
            events.publish("hub_round.started", hub_round, Occasion(by=by, now=now))
    return hub_round


def change_training(hub_round: HubRound, training: str, *, by: User | None, now: datetime) -> HubRound:
    require_hq(by)
    if training not in HubRound.Training.values:
        raise Refused("Choose how this hub trains its schools.")
    if hub_round.round.kind == Kind.REACCREDITATION and training != HubRound.Training.ONLINE:
        raise Refused("An online reaccreditation round has no training days.")
    with transaction.atomic():
        hub_round.training = training
        hub_round.save(update_fields=["training"])
        _remember("hub_round", hub_round.pk, "change_training", training, by=by, now=now)
    return hub_round


def set_places(hub_round: HubRound, places: int, *, by: User | None, now: datetime) -> int:
    """Adds places, or takes away free ones; a place with a school on it stays. Returns how many there are.

    Locked on the hub's row in the round, as an enrolment is.
    """
    require_hq(by)
    if not 1 <= places <= MOST_PLACES:
        raise Refused(f"A hub has between 1 and {MOST_PLACES} places.")
    with transaction.atomic():
        HubRound.objects.select_for_update().get(pk=hub_round.pk)
        have = hub_round.seats.count()
        if places > have:
            _add_seats(hub_round, places - have)
        elif places < have:
            free = list(Seat.objects.free().filter(hub_round=hub_round).order_by("-number"))
            Seat.objects.filter(pk__in=[seat.pk for seat in free[: have - places]]).delete()
        there_are = hub_round.seats.count()
        if there_are != have:
            _remember("hub_round", hub_round.pk, "set_places", str(there_are), by=by, now=now)
    return there_are


def follow_capacity(round_: Round, before: int, after: int, *, now: datetime) -> None:
    """Hubs that had the round's number of places get the new one; a hub with its own number keeps it."""
    for hub_round in HubRound.objects.filter(round=round_):
        if hub_round.seats.count() == before:
            set_places(hub_round, after, by=None, now=now)


def _add_seats(hub_round: HubRound, number: int) -> None:
    last = hub_round.seats.aggregate(last=Max("number"))["last"] or 0
    Seat.objects.bulk_create(
        Seat(hub_round=hub_round, number=each) for each in range(last + 1, last + number + 1)
    )


@transaction.atomic
def appoint(
    hub: Hub, user: User, role: Role | str, *, now: datetime, by: User | None = None
) -> HubMembership:
    """Make somebody the hub's leader or a mentor. A new leader replaces the former one at once.

    Doing it twice changes nothing. ``by`` None: an accepted invitation, or a program.
    """
    require_hq(by)
    role = Role(role)
    if role not in HUB:
        raise Refused("A hub has a hub leader and mentors.")
    Hub.objects.select_for_update().get(pk=hub.pk)
    current = HubMembership.objects.current().filter(hub=hub, role=role.value)
    if held := current.filter(user=user).first():
        return held
    payee_reference, agreed = "", None
    if former := HubMembership.objects.filter(user=user, role=role.value).order_by("-started_at").first():
        payee_reference, agreed = former.payee_reference, former.agreed_reviews
    if role is Role.HUB_LEADER:
        for other in current:
            _end(other, by=by, now=now)
    membership = HubMembership(
        hub=hub, user=user, role=role.value, payee_reference=payee_reference, started_at=now
    )
    if agreed is not None:
        membership.agreed_reviews = agreed
    membership.save()
    _remember("hub_membership", membership.pk, "start", role.value, by=by, now=now)
    events.publish("hub_membership.started", membership, Occasion(by=by, now=now))
    return membership


@transaction.atomic
def stand_down(membership: HubMembership, *, by: User | None, now: datetime) -> HubMembership:
    """Ends a membership; its rights end with it. Doing it twice changes nothing."""
    require_hq(by)
    membership = HubMembership.objects.select_for_update().get(pk=membership.pk)
    if membership.ended_at is None:
        _end(membership, by=by, now=now)
    return membership


def _end(membership: HubMembership, *, by: User | None, now: datetime) -> None:
    membership.ended_at = max(now, membership.started_at)
    membership.save(update_fields=["ended_at"])
    _remember("hub_membership", membership.pk, "end", membership.role, by=by, now=now)
    events.publish("hub_membership.ended", membership, Occasion(by=by, now=now))


def invite_to_hub(
    hub: Hub, *, email: str, name: str, role: Role | str, by: User, now: datetime
) -> HubMembership | Invitation:
    """Bring somebody into a hub: at once when the address has an account, else by an invitation."""
    require_hq(by)
    role = Role(role)
    if role not in HUB:
        raise Refused("A hub has a hub leader and mentors.")
    known = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if known is not None:
        return appoint(hub, known, role, by=by, now=now)
    return invite(email=email, name=name, role=role, scope=f"hub:{hub.pk}", by=by, now=now)


def set_payee_reference(membership: HubMembership, reference: str, *, by: User | None, now: datetime) -> None:
    """The University's reference for a leader's pay; HQ admin and finance alone set it."""
    require_hq(by, Role.HQ_ADMIN, Role.HQ_FINANCE)
    with transaction.atomic():
        membership = HubMembership.objects.select_for_update().get(pk=membership.pk)
        membership.payee_reference = reference.strip()
        membership.save(update_fields=["payee_reference"])
        _remember("hub_membership", membership.pk, "set_payee_reference", membership.role, by=by, now=now)


def _remember(
    machine: str, subject_id: int, action: str, target: str, *, by: User | None, now: datetime
) -> None:
    HistoryEntry.objects.create(
        machine=machine, subject_id=subject_id, action=action, target=target[:30], by=by, at=now
    )
