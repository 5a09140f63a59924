"""A visitor looks for a school, proves its award and reads what the level asks for, without scripts too; its
headteacher takes logo and press release along and takes the school off the list; HQ changes the words.
"""

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from tests import factories
from tests.awards import holding
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []

    def open_page(person: User | None, path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            locale="en-GB", viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
        )
        contexts.append(context)
        if person is not None:
            let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def looks_right(page: Page) -> None:
    """Nothing sticks out on a phone, and everybody can use it."""
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{page.url}: {wide}"
        if folder := os.environ.get("SCREENSHOTS"):
            name = re.sub(r"[^a-z0-9]+", "-", page.url.split("/", 3)[3])[:70]
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    assert_accessible(page)


def hold(name: str, level: int, **school: str | int) -> None:
    day = clock.london_day(clock.now())
    levels = holding.levels()
    criterion = levels[level].framework.strands.get().criteria.first()
    assert criterion is not None
    criterion.descriptors.create(level=levels[level], text="Every class plans enquiries of its own.")
    made = factories.school(name=name, **school)
    holding.award(
        made,
        levels[level],
        awarded_on=day.replace(year=day.year - 1, day=1),
        valid_until=day.replace(year=day.year + 2, day=1),
    )


def test_a_visitor_finds_a_school_and_its_proof(opens: Opens) -> None:
    hold("St Mary’s CofE Primary School", 2, town="Windsor", local_authority="Windsor and Maidenhead")
    hold("Riverside Primary School", 0, town="Millford", postcode="MF7 1AA")
    page = opens(None, "/", scripts=False)
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Schools with an award").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("School, place or postcode").fill("st marys winsor")
    page.get_by_label("Level").select_option("Gold")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    looks_right(opens(None, "/" + page.url.split("/", 3)[3]))
    page.get_by_role("link", name="St Mary’s CofE Primary School").click()
    expect(page.get_by_text("This award is valid.")).to_be_visible()
    looks_right(opens(None, "/" + page.url.split("/", 3)[3]))
    page.get_by_role("link", name="About this").click()
    expect(page.get_by_text("Every class plans enquiries of its own.")).to_be_visible()
    looks_right(opens(None, "/" + page.url.split("/", 3)[3]))
    page.get_by_role("link", name="Schools that hold this level").click()
    page.get_by_role("link", name="Clear").click()
    page.get_by_label("School, place or postcode").fill("Windermere")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No school found")).to_be_visible()
    looks_right(opens(None, "/" + page.url.split("/", 3)[3]))


def test_a_headteacher_tells_people_and_hq_changes_the_words(opens: Opens) -> None:
    hold("Riverside Primary School", 1, town="Millford")
    award = holding.Award.objects.get()
    head = factories.member(award.school, Role.HEADTEACHER)
    hq = opens(factories.hq(), award.get_absolute_url())
    hq.get_by_role("link", name="Tell people about this award").click()
    hq.get_by_role("link", name="Change the words of the press release").click()
    looks_right(hq)
    hq.get_by_label("Press release").fill("Hooray for {school} and its {medal}.")
    hq.get_by_role("button", name="Save these words").click()
    expect(hq.locator(".govuk-error-message")).to_contain_text("{medal} isn’t a field of the press release")
    hq.get_by_label("Press release").fill("Hooray for {school} and its {level}.")
    hq.get_by_role("button", name="Save these words").click()
    expect(hq.get_by_text("Every school’s press release says it from now on.")).to_be_visible()
    page = opens(head, award.get_absolute_url())
    page.get_by_role("link", name="Tell people about this award").click()
    expect(page.get_by_label("The text")).to_have_value(
        "Hooray for Riverside Primary School and its Silver.\n"
    )
    looks_right(page)
    with page.expect_download() as given:
        page.get_by_role("button", name="Download the logo").click()
    with zipfile.ZipFile(io.BytesIO(Path(given.value.path()).read_bytes())) as pack:
        assert "PSQM Silver logo.svg" in pack.namelist()
    page.get_by_role("button", name="Don’t list our school").click()
    expect(
        page.get_by_text("The directory doesn’t list Riverside Primary School from now on.")
    ).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="public directory").click()
    expect(page.get_by_text("No school holds an award yet")).to_be_visible()
    looks_right(page)
