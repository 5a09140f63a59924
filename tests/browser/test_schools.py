"""HQ finds a school by a mistyped name, adds one and merges two; on a phone without scripts too."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from schools.models import School
from tests import factories
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]


@pytest.fixture
def oak() -> School:
    for name, town, postcode in [
        ("St Mary's C of E Primary School", "Windsor", "SL4 1AA"), ("Elm Infant School", "Leeds", "LS1 2BC"),
    ]:  # fmt: skip
        factories.school(name=name, town=town, postcode=postcode)
    return factories.school(name="Oak Primary School", town="Ashbrook", postcode="AS1 2BC", urn="100001")


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    person, contexts = factories.hq(), list[BrowserContext]()

    def open_page(path: str, *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale="en-GB"
        )
        contexts.append(context)
        let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_hq_finds_adds_and_merges(opens: Opens, oak: School) -> None:
    page = opens("/schools/")
    expect(page.locator("body.js-enabled")).to_be_visible()
    box = page.get_by_label("Name, town, postcode or URN")
    box.press_sequentially("st mrays winsdor")
    found = page.locator("#found-schools")
    expect(page.locator("[data-school-status]")).to_have_text("1 school found")
    expect(found.get_by_role("link")).to_have_text("St Mary's C of E Primary School")
    look(page, "found")
    box.press("ArrowDown")
    expect(found.get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("St Mary's C of E Primary School")
    assert_accessible(page)

    page.get_by_role("link", name="Back to all schools").click()
    page.get_by_role("button", name="Add a school").click()
    page.get_by_label("School name").fill("Oak Primary")
    page.get_by_label("England").check()
    page.get_by_label("Primary", exact=True).check()
    page.get_by_label("Town").fill("Ashbrook")
    page.get_by_label("Postcode").fill("as12bc")
    page.get_by_role("button", name="Save the school").click()
    expect(page.get_by_text("Is it one of these?")).to_be_visible()
    look(page, "double")
    assert_accessible(page)
    page.get_by_label("School name").fill("Birch School")
    page.get_by_label("Scotland").check()
    page.get_by_label("Town").fill("Perth")
    page.get_by_label("Postcode").fill("PH1 2AB")
    page.get_by_role("button", name="It’s another school: add it").click()
    expect(page.get_by_text("Birch School is in the portal now.")).to_be_visible()
    made = School.objects.get(name="Birch School")
    assert (made.country, made.urn, made.postcode) == ("scotland", None, "PH1 2AB")

    factories.member(
        factories.school(name="Oak Primary", town="Ashbrook", postcode="AS1 2BC", phone="01234 5")
    )
    page.goto(page.url.replace(f"/{made.pk}/people/", f"/{oak.pk}/"))
    look(page, "school")
    page.get_by_role("link", name="Merge with another record of this school").click()
    look(page, "merge_with")
    box = page.get_by_label("Name, town, postcode or URN")
    box.press_sequentially("oak prim as1 2bc")
    page.locator("#found-schools").get_by_role("link", name="Oak Primary", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge two records of one school")
    look(page, "merge")
    assert_accessible(page)
    page.get_by_role("button", name="Merge the two records").click()
    expect(page.get_by_text("The two records are one now.")).to_be_visible()
    oak.refresh_from_db()
    assert (oak.phone, oak.memberships.count()) == ("01234 5", 1)


def test_without_scripts_on_a_phone(opens: Opens, oak: School) -> None:
    factories.school(name="Oak Infants", town="Ashbrook", postcode="AS1 2BC")
    page = opens("/schools/", scripts=False, width=375)
    page.get_by_label("Name, town, postcode or URN").fill("oak primry ashbrook")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Oak Primary School").click()
    page.get_by_role("link", name="Merge with another record of this school").click()
    look(page, "phone_merge_with")
    page.get_by_label("Name, town, postcode or URN").fill("oak infant")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Oak Infants").click()
    look(page, "phone_merge")
    page.get_by_role("button", name="Merge the two records").click()
    page.get_by_text("The two records are one now.").wait_for()
    assert School.objects.get(name="Oak Infants").merged_into == oak
