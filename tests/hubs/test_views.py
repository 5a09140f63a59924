"""Pages of hubs and registrations: who gets in, what they change, what they cost."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from hubs.models import Hub, HubMembership, TrainingSession
from messaging.models import Email
from psqm_portal.core.roles import Role
from schools.models import School
from tests import factories


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def registration(world):
    return factories.registration(factories.school(), world.hub, world.round)


ROLES = ("admin", "finance", "viewer", "leader", "mentor", "other leader", "head", "nobody")


def people(world, registration) -> dict:
    school = registration.school
    everybody = [
        world.hq,
        factories.hq(Role.HQ_FINANCE),
        factories.hq(Role.HQ_VIEWER),
        world.leader,
        world.mentor,
        world.other_leader,
        factories.member(school, Role.HEADTEACHER),
        factories.user(),
    ]
    return dict(zip(ROLES, everybody, strict=True))


HUB = "/hubs/{hub}/"
ROUND = "/hubs/{hub}/autumn-2026/"
ONE = "/registrations/{registration}/"


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/hubs/", "200 200 200 200 200 200 403 403"),
        ("/hubs/new/", "200 403 403 403 403 403 403 403"),
        (HUB, "200 200 200 200 200 404 404 404"),
        (HUB + "edit/", "200 403 403 403 403 404 404 404"),
        (HUB + "take-part/", "200 403 403 403 403 404 404 404"),
        (HUB + "people/", "200 200 200 200 200 404 404 404"),
        (HUB + "people/leader/", "200 403 403 403 403 404 404 404"),
        (HUB + "people/mentor/", "200 403 403 403 403 404 404 404"),
        (HUB + "people/{membership}/end/", "200 403 403 403 403 404 404 404"),
        (HUB + "people/{membership}/payee/", "200 200 403 403 403 404 404 404"),
        (ROUND, "200 404 200 200 200 404 404 404"),
        (ROUND + "places/", "200 404 403 403 403 404 404 404"),
        (ROUND + "sessions/training_1/", "200 404 403 200 200 404 404 404"),
        (ROUND + "sessions/training_1/register/", "200 404 403 200 200 404 404 404"),
        (ROUND + "sessions/audit/", "404 404 404 404 404 404 404 404"),
        ("/registrations/", "200 403 403 200 403 200 403 403"),
        (ONE, "200 404 404 200 404 404 404 404"),
        (ONE + "pass/", "200 404 404 403 404 404 404 404"),
        (ONE + "decline/", "200 404 404 403 404 404 404 404"),
        (ONE + "hand-back/", "403 404 404 200 404 404 404 404"),
        (ONE + "paper/", "200 404 404 403 404 404 404 404"),
    ],
)
def test_s01_who_gets_in(world, registration, signed_in, path, answers):
    TrainingSession.objects.create(hub_round=world.hub_round, step="training_1", held_on="2026-09-14")
    membership = HubMembership.objects.get(hub=world.hub, user=world.leader)
    path = path.format(hub=world.hub.slug, registration=registration.pk, membership=membership.pk)
    found = {
        name: signed_in(person).get(path).status_code for name, person in people(world, registration).items()
    }
    assert found == dict(zip(ROLES, map(int, answers.split()), strict=True))


def test_s01_outsiders_posts_change_nothing(world, registration, signed_in):
    membership = HubMembership.objects.get(hub=world.hub, user=world.leader)
    invitation = f"{HUB}people/invitations/1/withdraw/"
    paths = [
        *(HUB + part for part in ("edit/", "take-part/", "people/leader/", "people/{membership}/end/")),
        *(ROUND + part for part in ("places/", "sessions/training_1/")),
        *(ONE + part for part in ("pass/", "decline/", "hand-back/", "send-agreement/", "paper/")),
        invitation,
    ]
    everybody = people(world, registration)
    for name in ("finance", "viewer", "mentor", "other leader", "head", "nobody"):
        client = signed_in(everybody[name])
        for path in paths:
            if name == "mentor" and "sessions" in path:
                continue
            address = path.format(hub=world.hub.slug, registration=registration.pk, membership=membership.pk)
            assert client.post(address, {"reason": "x", "name": "X"}).status_code in {403, 404}
    registration.refresh_from_db()
    membership.refresh_from_db()
    assert (registration.status, registration.hub, membership.ended_at) == ("waiting", world.hub, None)
    assert not Email.objects.exists()


def test_the_payee_reference_shows_to_money_people_only(world, registration, signed_in):
    HubMembership.objects.filter(user=world.leader).update(payee_reference="UH-12345")
    everybody = people(world, registration)
    seen = {
        name
        for name, person in everybody.items()
        if b"UH-12345" in signed_in(person).get(f"/hubs/{world.hub.slug}/people/").content
    }
    assert seen == {"admin", "finance"}


def test_hq_makes_a_hub_and_names_its_leader(world, signed_in):
    client, person = signed_in(world.hq), factories.user("Nia New")
    client.post("/hubs/new/", {"name": "Severn Valley", "place": "Worcester"})
    hub = Hub.objects.get(name="Severn Valley")
    assert hub.slug == "severn-valley"
    path = reverse("hub_leader_new", args=[hub.slug])
    client.post(path, {"name": "Nia New", "email": person.email})
    other = factories.user("Oli Other")
    asked = client.post(path, {"name": "Oli Other", "email": other.email}).content.decode()
    assert "From that moment Nia New doesn’t lead Severn Valley any more" in asked
    assert HubMembership.objects.current().get(hub=hub).user == person
    client.post(path, {"name": "Oli Other", "email": other.email, "confirmed": "yes"})
    assert HubMembership.objects.current().get(hub=hub).user == other


@pytest.mark.parametrize("name", ["New", "people", "!!!", "Chilterns "])
def test_a_hub_needs_a_name_of_its_own(world, signed_in, name):
    Hub.objects.filter(pk=world.hub.pk).update(slug="chilterns")
    signed_in(world.hq).post("/hubs/new/", {"name": name, "place": "X"})
    assert Hub.objects.count() == 2


def test_the_hub_leader_hands_a_registration_back(world, registration, signed_in):
    client = signed_in(world.leader)
    client.post(f"/registrations/{registration.pk}/hand-back/", {"reason": "No room"})
    registration.refresh_from_db()
    assert registration.hub is None
    assert client.get(f"/registrations/{registration.pk}/").status_code == 404


def test_hq_passes_it_with_the_free_places_beside_the_name(world, registration, signed_in):
    world.enrol()
    client, path = signed_in(world.hq), f"/registrations/{registration.pk}/pass/"
    page = client.get(path).content.decode()
    assert "Distance not known, 9 free places" not in page  # it has it now
    assert "Downs, Ashbrook" in page
    assert "Distance not known, 10 free places" in page
    client.post(path, {"hub": str(world.other.pk), "status": "accepted"})
    registration.refresh_from_db()
    assert (registration.hub, registration.status) == (world.other, "waiting")
    assert client.post(path, {"hub": "999999"}).status_code == 200


def test_the_register_is_kept_by_ticks(world, signed_in):
    submission = world.enrol()
    TrainingSession.objects.create(hub_round=world.hub_round, step="training_1", held_on="2020-09-14")
    path = f"/hubs/{world.hub.slug}/autumn-2026/sessions/training_1/register/"
    client, school = signed_in(world.mentor), submission.school_id
    client.post(path, {f"school-{school}": "on", f"names_{school}": "Ana Lee\nBo Dunn"})
    assert list(submission.school.attendances.values_list("people", flat=True)) == [3]
    ticked = [f"reply-{one.pk}" for one in submission.school.session_replies.all()]
    client.post(path, {"seen": " ".join([*ticked, f"school-{school}"])})
    assert not submission.school.attendances.exists()


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_r24_lists_cost_the_same_at_any_length(world, client, django_assert_num_queries, rows):
    for _ in range(rows):
        hub = factories.hub()
        factories.hub_member(hub)
        factories.hub_round(hub, world.round)
        factories.registration(factories.school(), world.hub, world.round)
        world.enrol()
    client.force_login(world.hq)
    with django_assert_num_queries(11):
        assert client.get("/registrations/").content.count(b'scope="row"') == rows
    with django_assert_num_queries(13):
        assert client.get("/hubs/").content.count(b'scope="row"') == rows + 2
    with django_assert_num_queries(14):
        client.get(f"/hubs/{world.hub.slug}/")
    with django_assert_num_queries(17):
        client.get(f"/hubs/{world.hub.slug}/autumn-2026/")
    assert School.objects.count() == 2 * rows
