"""HQ's inbox: whose turn it is, which hubs are near a school and have room, what is put right."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from hubs.domain.registrations import hand_back, pass_to_hub, send_agreement_again
from hubs.models import Hub, Registration
from hubs.pages.registrations import hubs_for
from messaging.models import Email
from psqm_portal.core.clock import now
from psqm_portal.core.models import LogEntry
from schools.models import School
from tests import factories
from tests.factories import NOW
from tests.hubs.test_registrations import DETAILS, new_school, register, sent, token_in

MILE = 1609.344


def words_of(answer) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def office(world) -> Client:
    client = Client()
    client.force_login(world.hq)
    return client


def at(hub: Hub, miles: float) -> None:
    """East of the school by so many miles."""
    Hub.objects.filter(pk=hub.pk).update(easting=500_000 + round(miles * MILE), northing=200_000)


@pytest.fixture
def near(world):
    """A school, and hubs with leaders 3 (Chilterns), 12 (Downs), 1 (Fens) and 40 (Wolds) miles away."""
    school = factories.school(name="Ash School", easting=500_000, northing=200_000)
    for hub, miles in ((world.hub, 3), (world.other, 12)):
        at(hub, miles)
    world.fens, world.wolds = factories.hub(name="Fens"), factories.hub(name="Wolds")
    for hub, miles in ((world.fens, 1), (world.wolds, 40)):
        at(hub, miles)
        factories.hub_member(hub)
        factories.hub_round(hub, world.round, seats=2)
    return factories.registration(school, None, world.round)


def offered(row: Registration) -> list[tuple[str, str]]:
    return [(one.hub_round.hub.name, one.words) for one in hubs_for(row)[0]]


def test_the_nearest_hub_with_room_comes_first_full_ones_last(world, near):
    factories.submission(cycle=world.round, in_hub=world.fens, parts=False)
    world.fens.hub_rounds.get().seats.free().delete()
    assert offered(near) == [
        ("Chilterns", "3 miles away, 10 free places"),
        ("Downs", "12 miles away, 10 free places"),
        ("Wolds", "40 miles away, 2 free places"),
        ("Fens", "1 mile away, full"),
    ]


def test_a_school_by_hand_is_where_its_postcode_is(world, near):
    """As the register's schools at that postcode, or in that district."""
    School.objects.filter(pk=near.school_id).update(postcode="HP5 1AB")
    by_hand = factories.school(postcode="HP5 9ZZ")
    row = factories.registration(by_hand, None, world.round)
    assert offered(row)[0] == ("Fens", "1 mile away, 2 free places")
    abroad = factories.registration(factories.school(postcode="", country="abroad"), None, world.round)
    assert offered(abroad)[0] == ("Chilterns", "Distance not known, 10 free places")


def test_a_hub_that_cant_have_it_isnt_offered_and_why_is_said(world, near):
    factories.member(near.school, person=world.leader)
    world.fens.memberships.update(ended_at=NOW)
    refused = {one.hub_round.hub.name: one.why_not for one in hubs_for(near)[1]}
    assert refused == {
        "Chilterns": f"{world.leader} is or was at Ash School",
        "Fens": "has no hub leader now",
    }


def test_who_handed_it_back_isnt_suggested_again(world, near):
    pass_to_hub(near, world.hub, by=world.hq, now=NOW)
    hand_back(near, by=world.leader, now=NOW, reason="No room")
    near.refresh_from_db()
    assert offered(near)[-1] == ("Chilterns", "3 miles away, 10 free places, has handed it back")


def test_the_suggestion_is_chosen_already_and_passing_takes_one_press(world, near, office):
    path = f"/registrations/{near.pk}/pass/"
    page = office.get(path).content.decode()
    checked = re.findall(r'name="hub" value="(\d+)" checked', page)
    assert checked == [str(world.fens.pk)]
    assert "1 mile away, 2 free places. Our suggestion" in page
    office.post(path, {"hub": checked[0]})
    near.refresh_from_db()
    assert near.hub == world.fens
    assert office.post(path, {"hub": "999999"}).status_code == 200
    assert "Fens: has it now" in words_of(office.get(path))


@pytest.mark.parametrize("hubs", [10, 60])
def test_r24_the_suggestion_costs_the_same_for_any_number_of_hubs(
    world, near, office, django_assert_num_queries, hubs
):
    for _ in range(hubs):
        hub = factories.hub(easting=1, northing=1)
        factories.hub_member(hub)
        factories.hub_round(hub, world.round, seats=1)
    with django_assert_num_queries(PASS_QUERIES):
        assert office.get(f"/registrations/{near.pk}/pass/").content.count(b'name="hub"') == hubs + 4


def test_the_list_says_whose_turn_it_is_and_counts_link_to_lists(world, office):
    old = NOW - timedelta(days=40)
    for name, in_hub, agreed, since in (
        ("Ash", None, True, old), ("Birch", None, False, now()), ("Cedar", world.hub, False, now()),
        ("Dogwood", world.hub, True, now()), ("Elm", world.hub, True, old),
    ):  # fmt: skip
        factories.registration(
            factories.school(name=name), in_hub, world.round, agreed=agreed, turn_since=since,
            agreement_sent_at=now(),
        )  # fmt: skip
    page = words_of(office.get("/registrations/"))
    for said in (
        "2 wait for HQ",
        "2 wait for a hub leader",
        "1 have a hub and wait for the headteacher",
        "2 have waited long",
    ):
        assert said in page

    def named(query: str) -> list[str]:
        answer = office.get(f"/registrations/{query}")
        return sorted(row.school.name for row in answer.context["page"])

    assert named("?turn=hq") == ["Ash", "Birch"]
    assert named("?turn=headteacher") == ["Cedar"]
    assert named("?turn=long") == ["Ash", "Elm"]
    assert named("?agreed=no") == ["Birch", "Cedar"]
    assert named("?hub=none") == ["Ash", "Birch"]
    assert named(f"?hub={world.hub.pk}&q=dogwod") == ["Dogwood"]
    assert named("?status=declined") == []
    home = words_of(office.get("/"))
    assert "2 registrations to answer" in home
    assert "2 registrations waiting long" in home


def test_s27_the_download_is_what_the_list_shows_and_no_formula(world, office):
    factories.registration(factories.school(name="=1+1"), None, world.round)
    factories.registration(factories.school(name="Elm"), world.hub, world.round)

    def rows(client: Client, query: str) -> list[list[str]]:
        answer = client.get(f"/registrations/list.csv{query}")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))[1:]

    assert [row[0] for row in rows(office, "?turn=hq")] == ["'=1+1"]
    leader = Client()
    leader.force_login(world.leader)
    assert [row[0] for row in rows(leader, "")] == ["Elm"]


@pytest.mark.parametrize("rows", [10, 60])
def test_r24_the_list_costs_the_same_at_any_length(world, office, django_assert_num_queries, rows):
    for number in range(rows):
        in_hub = world.hub if number % 2 else None
        factories.registration(factories.school(), in_hub, world.round)
    with django_assert_num_queries(LIST_QUERIES):
        assert office.get("/registrations/").content.count(b'scope="row"') == min(rows, 50)
    with django_assert_num_queries(CSV_QUERIES):
        assert len(list(office.get("/registrations/list.csv").streaming_content)) == rows + 1


def test_the_page_of_one_says_what_is_missing(world, office):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    page = words_of(office.get(f"/registrations/{made.pk}/"))
    for said in (
        "Waits for: HQ, since 3 Nov 2026",
        "Hana Head hasn’t agreed yet.",
        "No hub has it yet.",
        "A second person for the training isn’t named.",
        "We don’t know how many pupils the school has",
        "Sam Leader, the science subject leader",
    ):
        assert said in page


def people_of(row: Registration, **other) -> dict[str, str]:
    return {
        "registrant": row.registrant,
        "subject_leader_name": row.subject_leader_name,
        "subject_leader_email": row.subject_leader_email,
        "headteacher_name": row.headteacher_name,
        "headteacher_email": row.headteacher_email,
        **other,
    }


def test_hq_puts_the_headteachers_address_right_and_the_agreement_goes_there(world, office):
    made = register(world.round, new_school(), DETAILS, by=None, now=NOW)
    old = token_in(sent("agreement")[0])
    path = f"/registrations/{made.pk}/people/"
    answer = office.post(path, people_of(made, headteacher_email="hana@ash.test"), follow=True)
    assert "Hana Head gets the agreement." in words_of(answer)
    mails = Email.objects.filter(template="hubs/mail/agreement").order_by("pk")
    assert [mail.to for mail in mails] == ["hana@ash.example", "hana@ash.test"]
    assert office.get(f"/agreement/{old}/").status_code == 404
    entry = LogEntry.objects.get(action="registration.corrected")
    assert (entry.by, entry.detail) == (world.hq, "headteacher_email")
    office.post(path, people_of(made, headteacher_email="hana@ash.test", subject_leader_name="Samira Leader"))
    made.refresh_from_db()
    assert (made.subject_leader_name, made.registrant_name) == ("Samira Leader", "Samira Leader")
    assert Email.objects.filter(template="hubs/mail/agreement").count() == 2


def test_who_has_agreed_as_headteacher_stays(world, office):
    made = factories.registration(factories.school(), world.hub, world.round)
    path = f"/registrations/{made.pk}/people/"
    answer = office.post(path, people_of(made, headteacher_email="other@ash.test"))
    assert "Hana Head has agreed as the headteacher" in words_of(answer)
    made.refresh_from_db()
    assert made.headteacher_email != "other@ash.test"
    with pytest.raises(Exception, match="agreed already"):
        send_agreement_again(made, by=world.hq, now=NOW)


LIST_QUERIES, CSV_QUERIES, PASS_QUERIES = 11, 7, 10
