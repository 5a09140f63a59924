"""Pages of hubs and registrations: who gets in, what they change, what they cost."""

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from django.urls import reverse

from hubs import slots
from hubs.domain.registrations import hash_of
from hubs.forms.register import NewSchoolForm, PaymentForm, PeopleForm
from hubs.forms.registrations import AgreementForm
from hubs.models import Hub, HubMembership, Registration, TrainingSession
from hubs.views import register as register_views
from messaging.models import Email
from psqm_portal.core.roles import Role
from schools.models import School
from tests import factories
from tests.hubs.test_registrations import token_in
from tests.support.races import at_once


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
    assert "Chilterns, Ashbrook (9 free places)" in page
    client.post(path, {"hub": str(world.other.pk), "status": "accepted"})
    registration.refresh_from_db()
    assert (registration.hub, registration.status) == (world.other, "waiting")
    assert client.post(path, {"hub": "999999"}).status_code == 200


def test_the_register_is_kept_by_ticks(world, signed_in):
    submission = world.enrol()
    TrainingSession.objects.create(hub_round=world.hub_round, step="training_1", held_on="2020-09-14")
    path = f"/hubs/{world.hub.slug}/autumn-2026/sessions/training_1/register/"
    client, school = signed_in(world.mentor), submission.school_id
    client.post(path, {f"school_{school}": "on", f"people_{school}": "2"})
    assert list(submission.school.attendances.values_list("people", flat=True)) == [2]
    client.post(path, {})
    assert not submission.school.attendances.exists()


# The public form

PEOPLE = {
    "subject_leader_name": "Sam Leader",
    "subject_leader_email": "sam@ash.example",
    "headteacher_name": "Hana Head",
    "headteacher_email": "hana@ash.example",
}
SCHOOL = {
    "name": "Ash School",
    "phase": "primary",
    "street": "1 High Street",
    "town": "Ashbrook",
    "postcode": "as1 2bc",
    "pupils": "180",
}


@pytest.fixture
def open_now(world):
    """The public page offers a round until recruiting ends."""
    world.round.milestones.filter(step="recruit").update(due_on="2099-01-01")


def answer_all(client, world, **people) -> None:
    client.post("/register/", {"round": world.round.pk})
    client.post("/register/new-school/", SCHOOL)
    client.post("/register/people/", {**PEOPLE, **people})
    client.post("/register/payment/", {"payer": "school"})


def test_a_school_registers_page_by_page(world, open_now, client):
    assert client.get("/register/check/").headers["Location"] == "/register/"
    answer_all(client, world)
    page = client.get("/register/check/").content.decode()
    for words in ("Autumn 2026", "Ash School", "AS1 2BC", "sam@ash.example", "Hana Head"):
        assert words in page
    assert not Registration.objects.exists()
    assert client.post("/register/check/").headers["Location"] == "/register/done/"
    made = Registration.objects.get()
    assert (made.school.pupils, made.payer, made.hub, made.status) == (180, "school", None, "waiting")
    assert "Ash School, Autumn 2026" in client.get("/register/done/").content.decode()
    assert client.get("/register/check/").status_code == 302
    token = token_in(Email.objects.get(template="hubs/mail/agreement"))
    page = client.get(f"/agreement/{token}/").content.decode()
    assert "As headteacher you agree to this" in page
    assert client.post(f"/agreement/{token}/", {"name": "Hana Head"}).status_code == 200
    made.refresh_from_db()
    assert made.agreed_at is None
    client.post(f"/agreement/{token}/", {"name": "Hana Head", "agree": "on"})
    made.refresh_from_db()
    assert made.agreed_name == "Hana Head"
    assert "The agreement is given" in client.get(f"/agreement/{token}/").content.decode()


def test_s31_what_a_visitor_typed_or_was_mailed_is_stored_by_nobody(world, client):
    made = factories.registration(factories.school(), world.hub, world.round, agreed=False)
    Registration.objects.filter(pk=made.pk).update(agreement_token_hash=hash_of("mailed"))
    assert "no-store" in client.get("/agreement/mailed/")["Cache-Control"]
    assert "Cache-Control" not in client.get(reverse("certificate_check"))
    session = client.session
    session["registration"] = {"round": world.round.pk}
    session.save()
    assert "no-store" in client.get(reverse("register_school"))["Cache-Control"]


@pytest.mark.parametrize("name", ["Win at https://evil.example", "WWW.evil.example"])
def test_s24_names_that_our_mails_carry_hold_no_link(name):
    given = {"subject_leader_name": name, "headteacher_name": name, "second_name": name, "finance_name": name}
    for form, wrong in [
        (PeopleForm(given), {"subject_leader_name", "second_name", "headteacher_name"}),
        (PaymentForm(given), {"finance_name"}),
        (NewSchoolForm({"name": name}), {"name"}),
        (AgreementForm({"name": name, "agree": "on"}), {"name"}),
    ]:
        said = {
            field for field, words in form.errors.items() if words == ["Leave web addresses out of this name"]
        }
        assert said == wrong


def test_a_wrong_agreement_link_says_what_to_do(db, client):
    answer = client.get("/agreement/nonsense/")
    assert (answer.status_code, "write to" in answer.content.decode()) == (404, True)


def test_a_change_from_check_your_answers_leads_back_there(world, open_now, client):
    answer_all(client, world)
    answer = client.post("/register/people/?change=1", {**PEOPLE, "headteacher_name": "Hal"})
    assert answer.headers["Location"] == "/register/check/"
    assert "Hal" in client.get("/register/check/").content.decode()


def test_a_known_school_is_found_and_chosen(world, open_now, client):
    known = factories.school(name="St Mary’s Primary", urn="123456", postcode="HP5 1AB")
    closed = factories.school(name="St Mary’s Old", postcode="HP5 1AB", is_open=False)
    client.post("/register/", {"round": world.round.pk})
    for words in ("123456", "mary hp5", "hp51ab", "HP5 1AB"):
        page = client.get("/register/school/", {"q": words}).content.decode()
        assert known.name in page
        assert closed.name not in page
    assert "don’t know a school" in client.get("/register/school/", {"q": "zzz"}).content.decode()
    assert client.post("/register/school/", {"school": closed.pk}).status_code == 200
    assert client.post("/register/school/", {"school": known.pk}).headers["Location"] == "/register/people/"


def test_s10_searching_shows_nothing_about_people_or_rounds(world, open_now, client):
    registered = factories.registration(factories.school(name="Elm School"), world.hub, world.round)
    factories.member(registered.school)
    client.post("/register/", {"round": world.round.pk})
    page = client.get("/register/school/", {"q": "elm school"}).content.decode()
    for secret in (registered.subject_leader_email, registered.headteacher_name, "Chilterns"):
        assert secret not in page


def test_s10_a_known_and_an_unknown_address_get_the_same_answer(world, open_now, client):
    factories.user(email="known@ash.example")
    pages = []
    for email in ("known@ash.example", "unknown@ash.example"):
        Registration.objects.all().delete()
        answer_all(client, world, subject_leader_email=email)
        answer = client.post("/register/check/")
        pages.append((answer.status_code, answer.headers["Location"], Email.objects.filter(to=email).count()))
    assert pages == [(302, "/register/done/", 1)] * 2


def test_recruiting_over_means_no_public_registration_but_hq_may(world, client):
    assert b"No round takes registrations now" in client.get("/register/").content
    client.force_login(world.hq)
    answer_all(client, world)
    made = client.post("/register/check/")
    assert made.headers["Location"] == reverse("registration", args=[Registration.objects.get().pk])


def test_a_hidden_field_catches_machines(world, open_now, client):
    answer_all(client, world)
    answer = client.post("/register/check/", {"website": "http://spam.example"})
    assert answer.headers["Location"] == "/register/done/"
    assert not Registration.objects.exists()
    assert not Email.objects.exists()


def test_one_address_sends_ten_an_hour(world, open_now, client):
    for number in range(11):
        answer_all(client, world)
        client.post(
            "/register/new-school/", {**SCHOOL, "name": f"School {number}", "postcode": f"AB{number} 1CD"}
        )
        answer = client.post("/register/check/")
        assert answer.status_code == (302 if number < 10 else 429)
    assert Registration.objects.count() == 10
    assert b"Too many registrations came from your network" in answer.content


def test_typed_words_are_checked_and_kept(world, open_now, client):
    client.post("/register/", {"round": world.round.pk})
    page = client.post("/register/new-school/", {**SCHOOL, "urn": "12", "pupils": "0"}).content.decode()
    assert "URN must be six digits" in page
    assert 'value="Ash School"' in page
    client.post("/register/new-school/", SCHOOL)
    page = client.post("/register/people/", {**PEOPLE, "second_name": "Bo"}).content.decode()
    assert "name and email address, or neither" in page
    client.post("/register/people/", PEOPLE)
    page = client.post("/register/payment/", {"payer": "trust"}).content.decode()
    assert "Enter the name for the invoice" in page


def test_the_fee_shows_where_somebody_knows_it(world, open_now, client, monkeypatch):
    monkeypatch.setattr(slots, "fee_of_round", [lambda round_, school: 750 if school else None])
    answer_all(client, world)
    assert "£750.00" in client.get("/register/check/").content.decode()


def test_s22_typed_text_is_escaped(world, open_now, client):
    client.post("/register/", {"round": world.round.pk})
    client.post("/register/new-school/", {**SCHOOL, "name": "<script>alert(1)</script>"})
    client.post("/register/people/", {**PEOPLE, "headteacher_name": "<img src=x>"})
    client.post("/register/payment/", {"payer": "school", "note": "<b>hello</b>"})
    page = client.get("/register/check/").content.decode()
    client.post("/register/check/")
    client.force_login(world.hq)
    page += client.get(f"/registrations/{Registration.objects.get().pk}/").content.decode()
    page += client.get("/registrations/").content.decode()
    for raw in ("<script>alert", "<img src=x", "<b>hello"):
        assert raw not in page


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_r24_lists_cost_the_same_at_any_length(world, client, django_assert_num_queries, rows):
    for _ in range(rows):
        hub = factories.hub()
        factories.hub_member(hub)
        factories.hub_round(hub, world.round)
        factories.registration(factories.school(), world.hub, world.round)
        world.enrol()
    client.force_login(world.hq)
    with django_assert_num_queries(9):
        assert client.get("/registrations/").content.count(b'scope="row"') == rows
    with django_assert_num_queries(11):
        assert client.get("/hubs/").content.count(b'scope="row"') == rows + 2
    with django_assert_num_queries(10):
        client.get(f"/hubs/{world.hub.slug}/")
    with django_assert_num_queries(16):
        client.get(f"/hubs/{world.hub.slug}/autumn-2026/")
    assert School.objects.count() == 2 * rows


def _allowed(address: str = "192.0.2.1") -> bool:
    return register_views._may_send(RequestFactory().get("/", REMOTE_ADDR=address))


def test_an_hour_that_ends_between_asking_and_counting_begins_the_next(monkeypatch):
    """The count ran out after ``add`` found it: there was nothing left to add to."""
    assert all(_allowed() for _ in range(10))
    assert not _allowed()
    add = cache.add

    def runs_out_after(key, *args):
        found = add(key, *args)
        monkeypatch.undo()
        cache.delete(key)
        return found

    monkeypatch.setattr(register_views.cache, "add", runs_out_after)
    assert _allowed()
    assert sum(_allowed() for _ in range(20)) == 9


def test_of_forty_at_once_ten_may_send():
    assert sum(at_once([_allowed] * 40)) == 10
    assert _allowed("192.0.2.2")


def test_a_network_of_newer_addresses_is_one_line():
    assert sum(_allowed(f"2001:db8::{number:x}") for number in range(1, 21)) == 10
    assert _allowed("2001:db8:0:1::1")
