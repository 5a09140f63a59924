"""The public form: a school registers page by page, and no word of it is lost."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from hubs import slots
from hubs.forms.register import NewSchoolForm, PaymentForm, PeopleForm
from hubs.forms.registrations import AgreementForm
from hubs.models import Registration
from hubs.views import register as register_views
from hubs.views.register import MOST_SENT
from messaging.models import Email
from psqm_portal.core import pace
from psqm_portal.core.secret_links import hash_of
from rounds.models import Round
from schools.views import search as school_search
from tests import factories
from tests.hubs.test_registrations import token_in
from tests.support.races import at_once


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


PEOPLE = {
    "registrant": "subject_leader",
    "subject_leader_name": "Sam Leader",
    "subject_leader_email": "sam@ash.example",
    "headteacher_name": "Hana Head",
    "headteacher_email": "hana@ash.example",
}
SCHOOL = {
    "name": "Ash School",
    "country": "england",
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


def test_the_fee_shows_before_and_a_sentence_where_it_isnt_set(world, open_now, client, monkeypatch):
    terms = slots.FeeTerms(
        amount=Decimal(750),
        gross=Decimal(900),
        vat="VAT at 20% comes on top.",
        small=Decimal(400),
        small_pupils=60,
    )
    monkeypatch.setattr(slots, "terms_of_round", [lambda round_, school: terms])
    start = client.get("/register/").content.decode()
    assert "It costs £750.00 for a school, £400.00 with up to 60 pupils. VAT at 20% comes on top." in start
    answer_all(client, world)
    for path in ("/register/payment/", "/register/check/"):
        page = words_of(client.get(path))
        assert "Your school pays £750.00 plus VAT, £900.00 in all. VAT at 20% comes on top." in page
        assert "Schools with up to 60 pupils pay £400.00." in page
    monkeypatch.setattr(slots, "terms_of_round", [lambda round_, school: slots.FeeTerms()])
    assert "The fee isn’t set yet." in client.get("/register/").content.decode()
    assert "The fee of Autumn 2026 isn’t set yet." in words_of(client.get("/register/payment/"))


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


def _allowed(address: str = "192.0.2.1") -> bool:
    return pace.may("register", pace.line_of(RequestFactory().get("/", REMOTE_ADDR=address)), most=MOST_SENT)


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

    monkeypatch.setattr(pace.cache, "add", runs_out_after)
    assert _allowed()
    assert sum(_allowed() for _ in range(20)) == 9


def test_of_forty_at_once_ten_may_send():
    assert sum(at_once([_allowed] * 40)) == 10
    assert _allowed("192.0.2.2")


def test_a_network_of_newer_addresses_is_one_line():
    assert sum(_allowed(f"2001:db8::{number:x}") for number in range(1, 21)) == 10
    assert _allowed("2001:db8:0:1::1")


def words_of(answer) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


def carried_in(answer) -> str:
    found = re.search(r'name="carried" value="([^"]*)"', answer.content.decode())
    assert found
    return found[1]


def test_the_rounds_dates_stand_beside_it(world, open_now, client):
    page = client.get("/register/").content.decode()
    assert "Register until Thursday 1 January 2099. The training begins in September 2026." in page


def test_r02_sent_twice_it_is_one_and_both_end_on_the_same_page(world, open_now, client):
    """Also by the page that was gone back to: what it carries is a registration that was made already."""
    answer_all(client, world)
    page = client.get("/register/check/")
    for _ in range(2):
        sent = client.post("/register/check/", {"carried": carried_in(page)})
        assert sent.headers["Location"] == "/register/done/"
    assert Registration.objects.count() == 1
    assert Email.objects.filter(template="hubs/mail/agreement").count() == 1
    assert client.get("/register/check/").headers["Location"] == "/register/done/"


def test_q03_a_session_that_ended_loses_no_word(world, open_now, client):
    answer_all(client, world)
    page = client.get("/register/payment/")
    other = Client()  # the same window, its session gone
    typed = {"payer": "trust", "payer_name": "Ash Trust", "payer_address": "2 High Street"}
    sent = other.post("/register/payment/", {**typed, "carried": carried_in(page)})
    assert sent.headers["Location"] == "/register/check/"
    shown = words_of(other.get("/register/check/"))
    for words in ("Ash School", "sam@ash.example", "Ash Trust"):
        assert words in shown
    begun = Client().get("/register/payment/", follow=True)
    assert "Begin here: we don’t have your answers (any more)." in words_of(begun)


def test_what_is_carried_cant_be_made_up(world, open_now, client):
    answer_all(client, world)
    carried = carried_in(client.get("/register/payment/"))
    for false in (carried[:-3] + "abc", "x", ""):
        sent = Client().post("/register/payment/", {"payer": "school", "carried": false})
        assert sent.headers["Location"] == "/register/"


def test_another_window_doesnt_change_what_is_sent(world, open_now, client):
    answer_all(client, world)
    page = client.get("/register/check/")
    client.post("/register/people/", {**PEOPLE, "headteacher_name": "Another Head"})
    sent = client.post("/register/check/", {"carried": carried_in(page)})
    assert "changed in another window" in words_of(sent)
    assert not Registration.objects.exists()


@pytest.mark.parametrize("who", ["subject_leader", "headteacher", "other"])
def test_who_registers_isnt_asked_twice_and_gets_a_receipt(world, open_now, client, who):
    own = {"registrant_name": "Olu Office", "registrant_email": "office@ash.example"}
    answer_all(client, world, registrant=who, **own)
    client.post("/register/check/")
    made = Registration.objects.get()
    named = {
        "subject_leader": ("Sam Leader", "sam@ash.example"),
        "headteacher": ("Hana Head", "hana@ash.example"),
        "other": ("Olu Office", "office@ash.example"),
    }[who]
    assert (made.registrant, made.registrant_name, made.registrant_email) == (who, *named)
    receipts = Email.objects.filter(template="hubs/mail/registration_received")
    assert {mail.to for mail in receipts} == {"sam@ash.example", named[1]}
    assert made.agreed_at is None  # a headteacher too agrees by the mailed link alone


def test_somebody_else_says_who_they_are(world):
    form = PeopleForm({**PEOPLE, "registrant": "other"})
    assert form.errors == {
        "registrant_name": ["Enter your name"],
        "registrant_email": ["Enter your email address"],
    }


def test_each_person_has_an_address_of_their_own(world):
    same = PeopleForm({**PEOPLE, "headteacher_email": "SAM@ash.example"})
    assert "Enter the headteacher’s own address" in same.errors["headteacher_email"][0]
    is_both = {**PEOPLE, "headteacher_email": "sam@ash.example", "headteacher_name": "sam leader"}
    assert PeopleForm(is_both).is_valid()
    second = PeopleForm({**PEOPLE, "second_name": "Bo", "second_email": "sam@ash.example"})
    assert "Enter another address" in second.errors["second_email"][0]


@pytest.mark.parametrize(
    ("country", "given", "wrong"),
    [
        ("england", {"urn": "123456"}, set()),
        ("england", {"postcode": ""}, {"postcode"}),
        ("wales", {"postcode": "Cardiff"}, {"postcode"}),
        ("scotland", {"urn": "nonsen", "postcode": "eh11ab"}, set()),
        ("abroad", {"postcode": "", "urn": "nonsens"}, {"urn"}),
        ("abroad", {"postcode": "75001"}, set()),
    ],
)
def test_schools_of_every_country(country, given, wrong):
    form = NewSchoolForm({**SCHOOL, "country": country, **given})
    assert set(form.errors) == wrong
    if not wrong and country != "england":
        assert form.cleaned_data["urn"] == ""
        assert form.cleaned_data["postcode"] in {"EH1 1AB", "75001"}


def test_a_school_that_may_be_known_is_asked_about(world, open_now, client):
    known = factories.school(name="Ash Primary School", postcode="AS1 2BC", town="Ashbrook")
    factories.school(name="Elm Grove Nursery", postcode="AS1 2BC")
    client.post("/register/", {"round": world.round.pk})
    sent = client.post("/register/new-school/", SCHOOL)
    assert sent.headers["Location"] == "/register/same-school/"
    page = words_of(client.get("/register/same-school/"))
    assert "Is it one of these?" in page
    assert known.name in page
    assert "Elm Grove" not in page
    assert "say that it’s another one" in words_of(client.post("/register/same-school/", {"carried": ""}))
    client.post("/register/same-school/", {"school": known.pk})
    assert client.session["registration"]["school_id"] == known.pk
    sent = client.post("/register/same-school/", {"school": "none"})
    assert sent.headers["Location"] == "/register/people/"
    assert client.session["registration"]["school_id"] is None


def test_s21_looking_for_a_known_school_is_a_search_too(world, open_now, client, monkeypatch):
    monkeypatch.setattr(school_search, "MOST", 2)
    cache.clear()
    client.post("/register/", {"round": world.round.pk})
    codes = [client.post("/register/new-school/", SCHOOL).status_code for _ in range(3)]
    assert codes == [302, 302, 429]


def test_a_round_for_members_says_so_before_and_asks(world, open_now, client):
    Round.objects.update(needs_ase_membership=True)
    assert "For members of the Association for Science Education." in words_of(client.get("/register/"))
    answer_all(client, world)
    assert client.get("/register/check/").headers["Location"] == "/register/payment/"
    page = words_of(client.post("/register/payment/", {"payer": "school"}))
    assert "Tick the box if you’re one" in page
    sent = client.post("/register/payment/", {"payer": "school", "ase_member": "on"})
    assert sent.headers["Location"] == "/register/check/"


def test_a_round_that_closes_meanwhile_leaves_the_other_answers(world, open_now, client):
    answer_all(client, world)
    world.round.milestones.filter(step="recruit").update(opens_on="2020-01-01", due_on="2020-01-01")
    page = client.get("/register/check/", follow=True)
    assert page.redirect_chain[-1][0] == "/register/"
    assert "your other answers are still here" in words_of(page)
    assert client.session["registration"]["people"]["headteacher_name"] == "Hana Head"


def test_the_last_page_says_what_comes(world, open_now, client):
    answer_all(client, world, registrant="headteacher")
    client.post("/register/check/")
    page = words_of(client.get("/register/done/"))
    for said in (
        "Open the email that we’ve just sent to hana@ash.example",
        "Hana Head agrees",
        "We find a hub near you",
        "The training begins In September 2026",
    ):
        assert said in page


def test_who_is_signed_in_at_the_school_doesnt_type_their_name(world, open_now, client):
    school = factories.school()
    person = factories.member(school)
    client.force_login(person)
    client.post("/register/", {"round": world.round.pk})
    client.post("/register/school/", {"school": school.pk})
    assert f'value="{person.email}"' in client.get("/register/people/").content.decode()


def test_an_invited_schools_registration_goes_to_the_hub_at_once(world, open_now, client, monkeypatch):
    """And tells what the hub's list of prospects listens to. Where its leader can't take it, HQ chooses."""
    school = factories.school()
    monkeypatch.setattr(register_views, "inviting_hub", lambda school, round_: world.hub)
    heard = []
    monkeypatch.setattr(
        "hubs.domain.registrations.events.publish",
        lambda name, subject, occasion: heard.append((name, occasion.given.get("prospect"))),
    )
    session = client.session
    session["registration"] = {"round": world.round.pk, "school_id": school.pk, "prospect": 7}
    session.save()
    client.post("/register/people/", PEOPLE)
    client.post("/register/payment/", {"payer": "school"})
    client.post("/register/check/")
    made = Registration.objects.get()
    assert (made.hub, ("registration.made", 7) in heard) == (world.hub, True)
    (mail,) = Email.objects.filter(template="hubs/mail/registration_invited")
    assert mail.recipient == world.leader
    assert not Email.objects.filter(template="hubs/mail/registration_waiting").exists()
    Registration.objects.all().delete()
    factories.member(school, person=world.leader)
    session["registration"] = {"round": world.round.pk, "school_id": school.pk, "prospect": 7}
    session.save()
    client.post("/register/people/", PEOPLE)
    client.post("/register/payment/", {"payer": "school"})
    client.post("/register/check/")
    assert Registration.objects.get().hub is None


def test_the_prospect_is_its_schools_alone(world, open_now, client):
    invited, other = factories.school(), factories.school()
    session = client.session
    session["registration"] = {"round": world.round.pk, "school_id": invited.pk, "prospect": 7}
    session.save()
    client.post("/register/school/", {"school": invited.pk})
    assert client.session["registration"]["prospect"] == 7
    client.post("/register/school/", {"school": other.pk})
    assert client.session["registration"]["prospect"] is None


def test_agreeing_is_limited_for_a_line(world, client):
    made = factories.registration(factories.school(), world.hub, world.round, agreed=False)
    Registration.objects.filter(pk=made.pk).update(
        agreement_token_hash=hash_of("mailed"), agreement_sent_at=factories.NOW + timedelta(days=365)
    )
    for _ in range(30):
        pace.may("agreement", "127.0.0.1", most=30)
    sent = client.post("/agreement/mailed/", {"name": "Hana", "agree": "on"})
    assert (sent.status_code, Registration.objects.get(pk=made.pk).agreed_at) == (429, None)
