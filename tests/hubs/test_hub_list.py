"""HQ's page of hubs: who leads, who has room, how far away; and places told in words before they change."""

import csv
import re

import pytest
from django.core.exceptions import PermissionDenied

from hubs.domain import hubs as domain
from hubs.domain import substitutes
from hubs.domain.hubs import set_places, stand_down
from hubs.models import Hub, HubMembership
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.domain.change import change_settings
from submissions.domain.cases import raise_case
from submissions.domain.machine import submission_machine
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def put(hub: Hub, east: int, north: int) -> None:
    Hub.objects.filter(pk=hub.pk).update(easting=east, northing=north)


def names(client, query: str) -> list[str]:
    return [row.hub.name for row in client.get(f"/hubs/?{query}").context["page"]]


def test_words_round_and_show_narrow_the_list(world, signed_in):
    Hub.objects.filter(pk=world.hub.pk).update(area="Windsor and Slough")
    idle = factories.hub(name="Fens", is_active=False)
    full = world.other
    factories.submission(cycle=world.round, in_hub=full, parts=False)
    set_places(full.hub_rounds.get(), 1, by=world.hq, now=NOW)
    client = signed_in(world.hq)
    for query, found in {
        "": ["Chilterns", "Downs", "Fens"],
        "q=slough": ["Chilterns"],
        f"q={world.other_leader.name}": ["Downs"],
        f"round={world.round.pk}": ["Chilterns", "Downs"],
        "show=free": ["Chilterns"],
        "show=no-leader": ["Fens"],
        "show=inactive": ["Fens"],
        "show=active": ["Chilterns", "Downs"],
        "sort=-name": ["Fens", "Downs", "Chilterns"],
        "sort=free": ["Downs", "Fens", "Chilterns"],
        "sort=nonsense": ["Chilterns", "Downs", "Fens"],
        "q=nothing": [],
    }.items():
        assert names(client, query) == found, query
    page = client.get("/hubs/").content.decode()
    assert "No leader" in page
    assert "1 of 1" in page
    assert idle.name in page


def test_near_a_postcode(world, signed_in):
    factories.school(postcode="SL4 1AB", easting=500000, northing=170000)
    put(world.other, 500000, 186093)
    put(world.hub, 500000, 202187)
    factories.hub(name="Nowhere known")
    client = signed_in(world.hq)
    page = client.get("/hubs/?near=sl4+1ab")
    assert [(row.hub.name, row.miles and round(row.miles, 1)) for row in page.context["page"]] == [
        ("Downs", 10.0), ("Chilterns", 20.0), ("Nowhere known", None),
    ]  # fmt: skip
    assert names(client, "near=SL4 9ZZ") == ["Downs", "Chilterns", "Nowhere known"]  # by its district
    assert names(client, "near=SL4 1AB&sort=-miles") == ["Chilterns", "Downs", "Nowhere known"]
    page = client.get("/hubs/?near=ZZ1 1ZZ").content.decode()
    assert "knows no school in or near ZZ1 1ZZ" in page


def test_a_hub_is_where_its_postcode_is_and_moves_with_it(world, signed_in):
    factories.school(postcode="SL4 1AB", easting=500000, northing=170000)
    factories.school(postcode="HP5 1AA", easting=496000, northing=201000)
    client, path = signed_in(world.hq), f"/hubs/{world.hub.slug}/edit/"
    given = {"name": world.hub.name, "place": "Windsor", "area": "", "is_active": "on"}
    for postcode, point, kept in (
        ("sl41ab", (500000, 170000), "SL4 1AB"),
        ("HP5 1AA", (496000, 201000), "HP5 1AA"),
        ("ZZ1 1ZZ", (None, None), "ZZ1 1ZZ"),
        ("", (None, None), ""),
    ):
        answer = client.post(path, {**given, "postcode": postcode}, follow=True)
        world.hub.refresh_from_db()
        assert ((world.hub.easting, world.hub.northing), world.hub.postcode) == (point, kept)
        assert ("has no distances" in answer.content.decode()) == (postcode == "ZZ1 1ZZ")


def test_the_hubs_page_names_the_nearest_with_room(world, signed_in):
    put(world.hub, 500000, 170000)
    put(world.other, 500000, 186093)
    submission = world.enrol()
    page = signed_in(world.hq).get(f"/hubs/{world.hub.slug}/").content.decode()
    assert "Nearest other hubs" in page
    assert "10.0" in page
    assert f"{world.round}: 10 of 10" in page
    assert submission.school.name in page
    page = signed_in(world.leader).get(f"/hubs/{world.hub.slug}/").content.decode()
    assert submission.school.name in page
    assert "Downs" not in page


def test_s27_the_download_is_the_list_and_no_formula(world, signed_in):
    Hub.objects.filter(pk=world.hub.pk).update(area="=1+1", name="+Chilterns")
    rows = list(csv.reader(_text(signed_in(world.hq), "/hubs/hubs.csv?q=chilterns").splitlines()))
    assert len(rows) == 2
    assert rows[1][:3] == ["'+Chilterns", "Ashbrook", "'=1+1"]
    assert world.leader.email in rows[1]
    viewers = _text(signed_in(factories.hq(Role.HQ_VIEWER)), "/hubs/hubs.csv")
    assert world.leader.name in viewers
    assert world.leader.email not in viewers
    own = _text(signed_in(world.leader), "/hubs/hubs.csv")
    assert "Downs" not in own


def _text(client, path: str) -> str:
    return b"".join(client.get(path).streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("hubs", [10, 80])
def test_r24_the_list_costs_the_same_for_ten_hubs_and_eighty(
    world, signed_in, django_assert_num_queries, hubs
):
    substitute = factories.user()
    days = dict.fromkeys(("first_day", "last_day"), london_day(now()))
    factories.school(postcode="SL4 1AB", easting=500000, northing=170000)
    for number in range(hubs - 2):
        hub = factories.hub(easting=500000, northing=170000 + number)
        factories.hub_member(hub)
        factories.hub_member(hub, Role.MENTOR)
        factories.hub_round(hub, world.round)
        factories.registration(factories.school(), hub, world.round)
        substitutes.plan(hub, email=substitute.email, name="", **days, reason="x", by=None, now=now())
    client = signed_in(world.hq)
    with django_assert_num_queries(LIST):
        page = client.get("/hubs/")
    assert len(page.context["rows"]) == hubs
    with django_assert_num_queries(LIST + 1):
        client.get("/hubs/?near=SL4 1AB&q=hub")
    with django_assert_num_queries(ONE):
        client.get(f"/hubs/{hub.slug}/")


LIST = 13
ONE = 16


# Places


def test_hq_is_told_before_places_go_under_the_schools(world, signed_in):
    for _ in range(3):
        world.enrol()
    client, path = signed_in(world.hq), f"/hubs/{world.hub.slug}/{world.round.slug}/places/"
    page = client.get(path).content.decode()
    assert "10 places now: 3 schools on them, 7 free." in page
    given = {"places": "2", "training": "sessions"}
    page = client.post(path, given).content.decode()
    assert "Places: 10 now, 3 then. Free: 7 now, 0 then." in page
    assert "3 schools are on places. They all stay, so 3 places stay too, not 2." in page
    assert world.hub_round.seats.count() == 10
    client.post(path, {**given, "confirmed": "yes"})
    assert world.hub_round.seats.count() == 3
    client.post(path, {**given, "places": "12"})
    assert world.hub_round.seats.count() == 12


def test_hq_is_told_before_a_rounds_places_go_under_the_schools(world, signed_in):
    for _ in range(3):
        world.enrol()
    client, path = signed_in(world.hq), f"/rounds/{world.round.slug}/settings/"
    form = client.get(path).context["form"]
    given = {name: value for name in form.fields if (value := form[name].value()) not in {None, False}}
    page = client.post(path, {**given, "hub_capacity": 2}).content.decode()
    assert "Places in a hub: 10 now, 2 then. 2 hubs with 10 places lose free places" in page
    assert "Chilterns has 3 schools: it keeps 3 places, none of them free." in page
    assert world.hub_round.seats.count() == 10
    client.post(path, {**given, "hub_capacity": 2, "confirmed": "yes"})
    assert (world.hub_round.seats.count(), world.other.hub_rounds.get().seats.count()) == (3, 2)
    client.post(path, {**given, "hub_capacity": 9})
    assert (world.hub_round.seats.count(), world.other.hub_rounds.get().seats.count()) == (3, 9)


def test_lowering_a_round_takes_free_places_of_every_hub(world):
    for _ in range(4):
        world.enrol()
    change_settings(world.round, by=world.hq, now=NOW, hub_capacity=3)
    assert (world.hub_round.seats.count(), world.other.hub_rounds.get().seats.count()) == (4, 3)


# A school of the leader's own


def test_a_school_the_leader_was_at_is_shown_to_hq_with_the_way_out(world, signed_in):
    submission = world.enrol()
    factories.member(submission.school, Role.HEADTEACHER, world.leader)
    world.leader.school_memberships.update(ended_at=NOW)
    with pytest.raises((Refused, PermissionDenied)):
        submission_machine.perform(submission, "sign_off", by=world.leader, now=NOW)
    page = signed_in(world.hq).get(f"/hubs/{world.hub.slug}/").content.decode()
    assert f"{world.leader} was at {submission.school} ({world.round})" in page
    assert f"/submissions/{submission.pk}/cases/new/?kind=change" in page
    page = signed_in(world.leader).get(f"/hubs/{world.hub.slug}/").content.decode()
    assert "move" not in page.split("<main")[1].lower()
    case = raise_case(submission, kind="change", title="Move", text="Own school", by=world.hq, now=NOW)
    ways = signed_in(world.hq).get(case.get_absolute_url()).content.decode()
    assert "Move the school to another hub" in ways


def test_a_hub_without_a_leader_says_so_to_hq(world, signed_in):
    stand_down(HubMembership.objects.get(hub=world.hub, user=world.leader), by=world.hq, now=NOW)
    assert "This hub has no leader" in signed_in(world.hq).get(f"/hubs/{world.hub.slug}/").content.decode()
    assert domain.locate(world.hub) is False


@pytest.mark.parametrize(
    ("role", "areas"),
    [
        (Role.HQ_ADMIN, ["registrations", "applications", "hub-leaders", "meetings", "invitation-letter"]),
        (Role.HQ_VIEWER, ["hub-leaders", "meetings"]),
        (Role.HQ_FINANCE, []),
    ],
)
def test_the_pages_about_hubs_lead_nobody_to_a_closed_door(client, role, areas):
    client.force_login(factories.hq(role))
    page = client.get("/hubs/").content.decode()
    section = page.split('aria-label="Hubs"')[1].split("</nav>")[0]
    addresses = re.findall(r'href="([^"]+)"', section)
    assert addresses == ["/hubs/", *(f"/{area}/" for area in areas)]
    assert [client.get(address).status_code for address in addresses] == [200] * len(addresses)


@pytest.mark.parametrize("address", ["hubs", "applications", "meetings", "invitation-letter", "hub-leaders"])
def test_the_menu_says_that_one_is_among_the_hubs(client, address):
    client.force_login(factories.hq())
    page = client.get(f"/{address}/").content.decode()
    here = re.findall(r'<a[^>]*href="([^"]+)"[^>]*aria-current="(?:page|true)"', page.split("<main")[0])
    assert here == ["/hubs/"]
