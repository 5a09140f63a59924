"""A school that was never here registers, and goes on to the hub that is near and has room (Q01, Q04)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from accounts.models import User
from hubs.models import Hub, Registration
from rounds.models import RoundTemplate
from tests import factories
from tests.browser.desk import let_in
from tests.browser.person import Person
from tests.browser.stage import Stage
from tests.hubs.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)
MILE = 1609


@pytest.fixture
def stage(request, browser: Browser, portal_url: str) -> Iterator[Stage]:
    failed = request.session.testsfailed
    stage = Stage(browser, portal_url, javascript=True)
    stage.is_day("2026-06-15")
    yield stage
    if request.session.testsfailed > failed:
        stage.tells_what_was_seen()
    stage.leave()


@pytest.fixture
def world() -> World:
    """The hub that is nearest (Downs) is full."""
    world = World(RoundTemplate.objects.get(season="autumn", kind="standard"))
    for hub, miles in ((world.hub, 6), (world.other, 2)):
        Hub.objects.filter(pk=hub.pk).update(easting=500_000 + miles * MILE, northing=200_000)
    world.round.hub_rounds.get(hub=world.other).seats.all().delete()
    factories.school(
        name="St Mary’s Primary School", urn="123456", postcode="HP5 1AB", town="Chesham",
        easting=500_000, northing=200_000,
    )  # fmt: skip
    return world


def person(stage: Stage, user: User | None = None) -> Person:
    made = Person(stage, user.name if user else "", user.email if user else "")
    if user is not None:
        let_in(made.page.context, stage.url, user)
    return made


def finds_the_school(somebody: Person) -> None:
    """Its name mistyped, and found as it is typed."""
    somebody.page.get_by_label("Name, town, postcode or URN").press_sequentially("saint marys chesam")
    somebody.page.get_by_label("St Mary’s Primary School, Chesham").check()
    somebody.presses("Continue")


def says_who(somebody: Person) -> None:
    box = somebody.page.get_by_label("Your name")
    expect(box).to_be_hidden()
    somebody.presses("Continue")
    somebody.reads("Choose who you are", "Enter headteacher’s email address")
    somebody.chooses("Somebody else at the school")
    expect(box).to_be_visible()
    somebody.fills({"Your name": "Olu Office", "Your email address": "office@marys.example"})
    for who, name, email in (
        ("Science subject leader", "Sam Leader", "sam@marys.example"),
        ("Second person", "Bo Second", "bo@marys.example"),
        ("Headteacher", "Hana Head", "hana@marys.example"),
    ):
        somebody.fills({f"{who}’s name": name, f"{who}’s email address": email})
    somebody.presses("Continue")


def says_who_pays(somebody: Person) -> None:
    somebody.reads("Your school pays £750.00")
    expect(somebody.page.get_by_label("Name on the invoice")).to_be_hidden()
    somebody.chooses("A trust")
    somebody.fills({"Name on the invoice": "Chess Valley Trust", "Address on the invoice": "2 High Street"})
    somebody.fills({"Order number": "PO-77"})
    somebody.presses("Continue")


def test_a_school_registers_and_hq_passes_it_to_the_suggested_hub(stage: Stage, world: World) -> None:
    school = person(stage)
    school.opens("/")
    school.follows("Register your school")
    school.reads("Register until", "The training begins in September 2026", "£750.00")
    school.presses("Continue")
    finds_the_school(school)
    says_who(school)
    says_who_pays(school)
    school.reads("Check your answers", "Olu Office", "Chess Valley Trust", "PO-77")
    school.follows("Change Order number")
    school.fills({"Order number": "PO-78"})
    school.presses("Continue")
    school.presses("Register this school")
    school.reads("We have your registration", "Hana Head agrees", "We find a hub near you")
    school.page.go_back()
    school.reads("We have your registration")
    made = Registration.objects.get()
    assert (made.order_number, made.registrant_name, made.school.urn) == ("PO-78", "Olu Office", "123456")

    head = person(stage)
    head.opens(stage.link_in(stage.mail_to("hana@marys.example", "agreement")))
    head.fills({"Your full name": "Hana Head"})
    head.chooses("I’m the headteacher")
    head.presses("Agree and send")
    head.reads("The agreement is given")

    hq = person(stage, world.hq)
    hq.opens("/")
    hq.follows("1 registration to answer")
    hq.follows("St Mary’s Primary School")
    hq.reads("Waits for: HQ", "No hub has it yet")
    hq.follows("Pass to a hub")
    hq.reads("6 miles away, 10 free places. Our suggestion", "2 miles away, full")
    hq.presses("Pass to this hub")
    hq.reads("is passed to Chilterns")

    leader = person(stage, world.leader)
    leader.opens(stage.link_in(stage.mail_to(world.leader.email, "registration_passed")))
    leader.reads("St Mary’s Primary School", "Waits for: The hub leader")
    leader.follows("Registrations", within="nav[aria-label=Menu]")
    leader.reads("1\nwait for you", "St Mary’s Primary School")


def test_a_school_abroad_registers_without_scripts(stage: Stage, world: World) -> None:
    """By hand, with a likely double that it isn't."""
    stage.javascript = False
    stage.checks = False
    factories.school(name="British School", town="Paris", postcode="75001", country="abroad")
    school = person(stage)
    school.opens("/register/")
    school.presses("Continue")
    school.fills({"Name, town, postcode or URN": "british school"})
    school.presses("Find")
    school.reads("British School, Paris")
    school.follows("My school isn’t in the list")
    school.chooses("Abroad", "Primary")
    school.fills({"School name": "The British School", "Street": "1 Rue", "Town": "Paris"})
    school.fills({"Postcode": "75001", "Pupils on roll": "90"})
    school.presses("Continue")
    school.reads("Is it one of these?")
    school.chooses("No, it’s another school")
    school.presses("Continue")
    school.chooses("The headteacher")
    for who, name, email in (
        ("Science subject leader", "Sam Leader", "sam@paris.example"),
        ("Headteacher", "Hana Head", "hana@paris.example"),
    ):
        school.fills({f"{who}’s name": name, f"{who}’s email address": email})
    school.presses("Continue")
    school.presses("Continue")
    school.reads("Abroad", "75001")
    school.presses("Register this school")
    school.reads("Open the email that we’ve just sent to hana@paris.example")
    assert Registration.objects.get().school.country == "abroad"
    assert Registration.objects.get().registrant == "headteacher"
