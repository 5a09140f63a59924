import pytest
from django.core.exceptions import PermissionDenied

from accounts.domain.invitations import accept
from accounts.models import Invitation
from hubs.domain.hubs import (
    appoint,
    change_training,
    invite_to_hub,
    set_payee_reference,
    set_places,
    stand_down,
    take_part,
)
from hubs.models import HubMembership, Seat
from hubs.queries import hub_rounds_visible_to, leader_of, registrations_visible_to, roles_towards, visible_to
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of, new_token
from rounds.domain.change import change_settings
from rounds.domain.make import make_round
from tests import factories
from tests.factories import NOW


def test_taking_part_makes_the_rounds_number_of_places(world):
    assert list(world.hub_round.seats.values_list("number", flat=True)) == list(range(1, 11))
    again = take_part(world.hub, world.round, training="days", by=None, now=NOW)
    assert (again, again.training, again.seats.count()) == (world.hub_round, "sessions", 10)


def test_a_reaccreditation_round_has_no_training(world, template):
    online = make_round(template(kind="reaccreditation"), 2026, by=None, now=NOW)
    hub_round = take_part(world.hub, online, training="days", by=world.hq, now=NOW)
    assert hub_round.training == "online"
    with pytest.raises(Refused, match="no training days"):
        change_training(hub_round, "days", by=world.hq, now=NOW)


def test_raising_the_rounds_capacity_adds_places_and_keeps_a_hubs_own_number(world):
    own = world.other.hub_rounds.get()
    set_places(own, 6, by=world.hq, now=NOW)
    change_settings(world.round, by=world.hq, now=NOW, hub_capacity=12)
    assert (world.hub_round.seats.count(), own.seats.count()) == (12, 6)


def test_lowering_takes_only_free_places(world):
    world.enrol()
    Seat.objects.filter(hub_round=world.hub_round, number=1).update(number=99)
    assert set_places(world.hub_round, 4, by=world.hq, now=NOW) == 4
    numbers = sorted(world.hub_round.seats.values_list("number", flat=True))
    assert numbers == [2, 3, 4, 99]
    world.enrol(), world.enrol(), world.enrol()
    assert set_places(world.hub_round, 1, by=world.hq, now=NOW) == 4


def test_places_have_sensible_numbers(world):
    for places in (0, 51):
        with pytest.raises(Refused, match="between 1 and 50 places"):
            set_places(world.hub_round, places, by=world.hq, now=NOW)


def test_a_new_leader_replaces_the_former_one(world, told):
    started, ended = told("hub_membership.started"), told("hub_membership.ended")
    person = factories.user()
    membership = appoint(world.hub, person, Role.HUB_LEADER, by=world.hq, now=NOW)
    assert leader_of(world.hub) == person
    assert roles_towards(world.leader, world.hub) == frozenset()
    former = HubMembership.objects.get(hub=world.hub, user=world.leader)
    assert former.ended_at == NOW
    assert [row for row, _ in started] == [membership]
    assert [row for row, _ in ended] == [former]
    assert appoint(world.hub, person, Role.HUB_LEADER, now=NOW) == membership
    assert len(started) == 1


def test_a_leader_keeps_the_payee_reference_from_before(world):
    membership = HubMembership.objects.get(hub=world.hub, user=world.leader)
    set_payee_reference(membership, " UH-77 ", by=factories.hq(Role.HQ_FINANCE), now=NOW)
    again = appoint(world.other, world.leader, Role.HUB_LEADER, by=world.hq, now=NOW)
    assert again.payee_reference == "UH-77"
    assert "UH-77" not in "".join(HistoryEntry.objects.values_list("reason", flat=True))


def test_mentors_are_added_beside_the_leader(world):
    appoint(world.hub, factories.user(), Role.MENTOR, by=world.hq, now=NOW)
    assert HubMembership.objects.current().filter(hub=world.hub).count() == 3
    assert leader_of(world.hub) == world.leader


def test_standing_down_twice_is_once(world, told):
    ended = told("hub_membership.ended")
    membership = HubMembership.objects.get(hub=world.hub, user=world.mentor)
    stand_down(membership, by=world.hq, now=NOW)
    stand_down(membership, by=world.hq, now=NOW)
    assert len(ended) == 1
    assert visible_to(world.mentor).count() == 0


def test_somebody_with_an_account_joins_at_once_others_by_invitation(world):
    known = factories.user()
    joined = invite_to_hub(
        world.hub, email=known.email.upper(), name="Known", role=Role.MENTOR, by=world.hq, now=NOW
    )
    assert isinstance(joined, HubMembership)
    invited = invite_to_hub(
        world.hub, email="new@hub.example", name="New Leader", role=Role.HUB_LEADER, by=world.hq, now=NOW
    )
    assert isinstance(invited, Invitation)
    assert (invited.scope, leader_of(world.hub)) == (f"hub:{world.hub.pk}", world.leader)


def test_accepting_the_invitation_makes_the_leader(world):
    token = new_token()
    person = factories.user(email="new@hub.example")
    Invitation.objects.create(
        email=person.email,
        name="New",
        role=Role.HUB_LEADER.value,
        scope=f"hub:{world.hub.pk}",
        token_hash=hash_of(token),
        invited_at=NOW,
        expires_at=NOW + Invitation.LIFE,
    )
    accept(token, user=person, now=NOW)
    assert leader_of(world.hub) == person


def test_a_school_role_is_no_role_of_a_hub(world):
    with pytest.raises(Refused, match="a hub leader and mentors"):
        appoint(world.hub, factories.user(), Role.HEADTEACHER, by=world.hq, now=NOW)


@pytest.mark.parametrize("role", [None, Role.HQ_VIEWER, Role.HQ_FINANCE])
def test_only_hq_admin_changes_hubs(world, role):
    person = factories.hq(role) if role else world.leader
    membership = HubMembership.objects.get(hub=world.hub, user=world.leader)
    for change in (
        lambda: take_part(world.hub, world.round, training="days", by=person, now=NOW),
        lambda: set_places(world.hub_round, 12, by=person, now=NOW),
        lambda: appoint(world.hub, factories.user(), Role.MENTOR, by=person, now=NOW),
        lambda: stand_down(membership, by=person, now=NOW),
        lambda: invite_to_hub(world.hub, email="a@b.example", name="A", role=Role.MENTOR, by=person, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            change()
    if role is not Role.HQ_FINANCE:
        with pytest.raises(PermissionDenied):
            set_payee_reference(membership, "X", by=person, now=NOW)


def test_who_sees_which_hub(world):
    registration = factories.registration(factories.school(), world.hub, world.round)
    elsewhere = factories.registration(factories.school(), world.other, world.round)
    both_hubs, both = {world.hub, world.other}, {registration, elsewhere}
    finance, viewer = factories.hq(Role.HQ_FINANCE), factories.hq(Role.HQ_VIEWER)
    for person, hubs, hub_rounds, registrations in [
        (world.hq, both_hubs, 2, both),
        (viewer, both_hubs, 2, set()),
        (finance, both_hubs, 0, set()),
        (world.leader, {world.hub}, 1, {registration}),
        (world.mentor, {world.hub}, 1, set()),
        (world.other_leader, {world.other}, 1, {elsewhere}),
        (factories.member(registration.school), set(), 0, set()),
    ]:
        assert set(visible_to(person)) == hubs
        assert hub_rounds_visible_to(person).count() == hub_rounds
        assert set(registrations_visible_to(person)) == registrations


def test_a_leader_never_answers_for_a_school_where_they_were(world):
    registration = factories.registration(factories.school(), world.hub, world.round)
    factories.member(registration.school, person=world.leader)
    assert not registrations_visible_to(world.leader).exists()
