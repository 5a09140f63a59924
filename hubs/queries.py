"""Reading hubs: who sees which, and which places are free."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import HQMembership, User
from hubs.models import Hub, HubMembership, HubRound, Registration, TrainingSession
from psqm_portal.core.roles import HQ, HUB, SCHOOL, Role
from rounds.models import Audience, Round, Step
from schools.models import School, SchoolMembership


def roles_towards(user: User, hub: Hub) -> frozenset[Role]:
    """What a person is to a hub at this moment, in one query."""
    held = (
        HubMembership.objects.current()
        .filter(user=user, hub=hub)
        .values_list("role")
        .union(HQMembership.objects.current().filter(user=user).values_list("role"))
    )
    return frozenset(Role(role) for (role,) in held)


def roles_towards_registration(user: User, registration: Registration) -> frozenset[Role]:
    """As towards its hub, but nobody answers for a school where they are or were a member."""
    ever_at_school = SchoolMembership.objects.filter(user=user, school_id=registration.school_id)
    held = (
        HubMembership.objects.current()
        .filter(user=user, hub_id=registration.hub_id or 0)
        .exclude(Exists(ever_at_school))
        .values_list("role")
        .union(HQMembership.objects.current().filter(user=user).values_list("role"))
    )
    return frozenset(Role(role) for (role,) in held)


def visible_to(user: User) -> QuerySet[Hub]:
    """All hubs for HQ, else the hubs that a person leads or mentors now."""
    return Hub.objects.filter(Exists(_member(user, OuterRef("pk"), *HUB)) | Exists(_hq(user, *HQ)))


def hub_rounds_visible_to(user: User) -> QuerySet[HubRound]:
    """Hubs in a round: the schools stand there by name, so HQ finance has none of it."""
    return HubRound.objects.filter(
        Exists(_member(user, OuterRef("hub_id"), *HUB)) | Exists(_hq(user, Role.HQ_ADMIN, Role.HQ_VIEWER))
    )


def sessions_visible_to(user: User) -> QuerySet[TrainingSession]:
    """Those of the hub rounds a person sees, and those a person's school is invited to by its place."""
    own = SchoolMembership.objects.current().filter(
        user=user,
        role__in=[role.value for role in SCHOOL],
        school__submissions__seat__hub_round=OuterRef("hub_round"),
    )
    return TrainingSession.objects.filter(
        Q(Exists(own)) | Q(hub_round__in=hub_rounds_visible_to(user).values("pk"))
    )


def registrations_visible_to(user: User) -> QuerySet[Registration]:
    """All for HQ admin; a hub leader's own hub's, but for a school they are or were at."""
    at_school = SchoolMembership.objects.filter(user=user, school_id=OuterRef("school_id"))
    own = Exists(_member(user, OuterRef("hub_id"), Role.HUB_LEADER)) & ~Exists(at_school)
    return Registration.objects.filter(Q(own) | Exists(_hq(user, Role.HQ_ADMIN)))


def taking_registrations(today: date) -> QuerySet[Round]:
    """Open rounds that the public page offers, until the day on which recruiting ends."""
    recruit = Q(milestones__step=Step.RECRUIT, milestones__audience=Audience.HUB_LEADER)
    return Round.objects.filter(recruit, status=Round.Status.OPEN, milestones__due_on__gte=today).order_by(
        "year", "season", "kind"
    )


def with_places(rows: QuerySet[HubRound]) -> QuerySet[HubRound]:
    """Annotates ``places`` and ``places_free``."""
    return rows.annotate(places=Count("seats"), places_free=Count("seats", filter=Q(seats__submission=None)))


def schools_on_seats(hub_round: HubRound) -> QuerySet[School]:
    """Schools that have a place in the hub in this round, by name."""
    return School.objects.filter(submissions__seat__hub_round=hub_round).order_by("name", "id")


def leader_of(hub: Hub) -> User | None:
    membership = (
        HubMembership.objects.current().filter(hub=hub, role=Role.HUB_LEADER).select_related("user").first()
    )
    return membership.user if membership else None


def _member(user: User, hub: OuterRef, *roles: Role) -> QuerySet[HubMembership]:
    return HubMembership.objects.current().filter(
        user=user, hub_id=hub, role__in=[role.value for role in roles]
    )


def _hq(user: User, *roles: Role) -> QuerySet[HQMembership]:
    return HQMembership.objects.current().filter(user=user, role__in=[role.value for role in roles])
