"""Somebody applies as a hub leader, is asked for more, is accepted, and signs for a year (Q01, Q04)."""

from pathlib import Path

import pytest
from django.core.cache import cache
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from hubs.models import LeaderApplication
from tests import factories as make
from tests.browser.desk import let_in
from tests.browser.person import Person
from tests.browser.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def stage(request, browser: Browser, portal_url: str):
    cache.clear()  # what a line may ask for in an hour
    # Without scripts the pages are the same: they are looked at once.
    stage = Stage(browser, portal_url, javascript=request.param, checks=request.param)
    yield stage
    stage.leave()


@pytest.fixture
def rosa(stage: Stage) -> Person:
    return Person(stage, "Rosa Field", "rosa@field.example")


@pytest.fixture
def hq(stage: Stage) -> Person:
    person = make.hq()
    admin = Person(stage, person.name, person.email)
    let_in(admin.page.context, stage.url, person)
    return admin


def test_somebody_becomes_a_hub_leader(stage: Stage, rosa: Person, hq: Person, tmp_path: Path) -> None:
    make.school(
        name="Oak Primary School", town="Northmoor", postcode="NM1 2BC", easting=450_000, northing=500_000
    )
    make.hub(name="Chilterns", easting=450_000, northing=516_093)
    begins(stage, rosa)
    writes(rosa, tmp_path)
    sends(rosa)
    hq_asks_for_more(hq)
    answers(stage, rosa)
    hq_accepts(hq)
    leads(stage, rosa)
    assert fits_a_phone(rosa.page, stage.url + "/commitment/")
    assert fits_a_phone(hq.page, stage.url + f"/applications/{LeaderApplication.objects.get().pk}/")


def fits_a_phone(page: Page, url: str) -> bool:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(url)
    fits: bool = page.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth")
    return fits


def opens_the_link(stage: Stage, rosa: Person, template: str) -> None:
    rosa.opens(stage.link_in(stage.mail_to(rosa.email, template)))
    assert rosa.page.url == stage.url + "/become-a-hub-leader/mine/"


def begins(stage: Stage, rosa: Person) -> None:
    rosa.opens("/")
    rosa.follows("Become a hub leader", within="main")
    rosa.reads("£350.00 for each school in the hub")
    rosa.presses("Start your application")
    rosa.reads("There is a problem")
    rosa.fills({"Your full name": rosa.name, "Your email address": rosa.email})
    rosa.presses("Start your application")
    rosa.reads("Look in your email")
    opens_the_link(stage, rosa, "application_link")


def writes(rosa: Person, folder: Path) -> None:
    letter = folder / "letter.png"
    Image.new("RGB", (200, 280), "white").save(letter)
    rosa.follows("About you")
    rosa.fills({"Phone number": "01632 960001", "Town or area for the hub": "Northmoor"})
    rosa.fills({"Postcode for the hub": "nm1 2bc"})
    rosa.chooses("Yes")
    rosa.presses("Save and continue")
    rosa.fills({"URN, or name and postcode": "oak primary"})
    rosa.presses("Find")
    rosa.chooses("Oak Primary School, Northmoor NM1 2BC")
    rosa.presses("Save and continue")
    rosa.follows("Check your answers and send")
    rosa.reads("This is still missing", "Enter the level and date of your school’s award at number 7")
    rosa.follows("Write something, or add a file, at number 1")
    rosa.reads("workshops that you presented at ASE conferences")
    rosa.fills({"How you meet this": "I led staff meetings for six years."})
    rosa.presses("Save and continue")
    rosa.follows("2. Have taught science")
    rosa.attaches("Evidence files", letter)
    rosa.presses("Save and stay here")
    rosa.reads("letter.png")
    rosa.presses("Save and continue")
    for number in (3, 4, 5):
        rosa.follows(f"{number}. ")
        rosa.fills({"How you meet this": f"What I did for number {number}."})
        rosa.presses("Save and continue")
    rosa.follows("6. Commitment")
    for label in ("Attend the initial", "Lead or support", "Provide up to 4", "Take part in the review"):
        rosa.chooses(label)
    rosa.presses("Save and continue")
    rosa.follows("7. ")
    rosa.fills({"Level of the award": "Gold", "Date of the award": "June 2025"})
    rosa.presses("Save and continue")


def sends(rosa: Person) -> None:
    rosa.reads("Ready to send")
    rosa.follows("Check your answers and send")
    rosa.reads("I led staff meetings for six years.", "letter.png", "June 2025")
    rosa.presses("Send your application")
    rosa.reads("We have it, and read it.")


def hq_asks_for_more(hq: Person) -> None:
    hq.opens("/")
    hq.follows("1 hub leader application to read")
    hq.reads("Chilterns (10 miles)")
    hq.follows("Rosa Field")
    for number in (1, 3, 4, 5, 6, 7):
        hq.chooses("Met", within=f"section[aria-labelledby=number-{number}]")
        hq.presses("Save judgement", within=f"section[aria-labelledby=number-{number}]")
    hq.chooses("More needed", within="section[aria-labelledby=number-2]")
    hq.fills({"Note": "Which year groups?"}, within="section[aria-labelledby=number-2]")
    hq.presses("Save judgement", within="section[aria-labelledby=number-2]")
    hq.reads("6 of 7 judged as met.")
    hq.follows("Ask for more")
    hq.reads("Which year groups?")
    hq.presses("Ask for more")
    hq.reads("We wait for Rosa Field’s answer.")


def answers(stage: Stage, rosa: Person) -> None:
    opens_the_link(stage, rosa, "application_more")
    rosa.reads("We need something more.", "We ask for more")
    rosa.follows("2. Have taught science")
    rosa.reads("Which year groups?")
    rosa.fills({"How you meet this": "Years 2 and 5."})
    rosa.presses("Save and continue")
    rosa.follows("Check your answers and send")
    rosa.presses("Send again")
    rosa.reads("We have it, and read it.")


def hq_accepts(hq: Person) -> None:
    hq.opens("/applications/")
    hq.follows("Rosa Field")
    hq.reads("Changed since you asked for more.")
    hq.chooses("Met", within="section[aria-labelledby=number-2]")
    hq.presses("Save judgement", within="section[aria-labelledby=number-2]")
    hq.follows("Accept", within="main")
    hq.presses("Accept and invite")
    hq.reads("There is a problem", "Choose which hub they lead")
    hq.chooses("A new hub")
    hq.fills({"Name of the new hub": "Northmoor"})
    hq.presses("Accept and invite")
    hq.reads("Rosa Field is accepted and gets an email. The hub is Northmoor.")


def leads(stage: Stage, rosa: Person) -> None:
    rosa.opens("/become-a-hub-leader/mine/")
    rosa.reads("We have accepted your application.")
    rosa.joins_by(stage.link_in(stage.mail_to(rosa.email, "invitation")))
    rosa.opens("/")
    rosa.follows("Sign your commitment for the year")
    rosa.presses("Sign for the year")
    rosa.reads("There is a problem")
    for label in ("Attend the initial", "Lead or support", "Provide up to 4", "Take part in the review"):
        rosa.chooses(label)
    rosa.fills({"Your full name": rosa.name})
    rosa.presses("Sign for the year")
    rosa.reads("You have signed. Thank you.")
    rosa.opens("/")
    expect(rosa.page.get_by_text("Sign your commitment")).to_have_count(0)
