"""HQ makes a hub, plans a substitute who starts today and reads what it means; the substitute finds the hub
and its hand-over page, the former leader doesn't.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from hubs.domain.hubs import take_part
from hubs.models import Hub, Substitution
from psqm_portal.core import clock
from tests import factories
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []

    def open_page(person: User, path: str) -> Page:
        context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        contexts.append(context)
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


def fill_date(page: Page, label: str, day: date) -> None:
    group = page.get_by_role("group", name=label)
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        group.get_by_label(part).fill(str(value))


def test_a_hub_has_a_leader_a_place_on_the_list_and_room(opens: Opens) -> None:
    round_ = factories.round_(opens=clock.london_day(clock.now()))
    hq, holly = factories.hq(), factories.user("Holly Baker")
    factories.school(name="Ash School", postcode="SL4 1AB", easting=496000, northing=177000)
    far = factories.hub(name="Far away", easting=530000, northing=180000)
    factories.hub_member(far)
    page = opens(hq, "/hubs/")
    page.get_by_role("button", name="Make a hub").click()
    page.get_by_label("Name", exact=True).fill("Thames Valley")
    page.get_by_label("Town or area").fill("Windsor")
    page.get_by_label("Postcode").fill("sl41ab")
    page.get_by_label("Area it covers").fill("Windsor, Slough and Eton")
    page.get_by_role("button", name="Make this hub").click()
    page.get_by_role("button", name="Name a hub leader").click()
    page.get_by_label("Full name").fill("Holly Baker")
    page.get_by_label("Email address").fill(holly.email)
    page.get_by_role("button", name="Continue").click()
    hub = Hub.objects.get(name="Thames Valley")
    assert (hub.postcode, hub.easting, hub.northing) == ("SL4 1AB", 496000, 177000)
    take_part(hub, round_, training="days", by=hq, now=clock.now())
    for name in ("Elm School", "Oak School"):
        factories.submission(cycle=round_, in_hub=hub, place=factories.school(name=name))

    # The list, measured from a postcode
    page.goto(page.url.split("/hubs/")[0] + "/hubs/")
    page.get_by_label("Near a postcode").fill("SL4 1AB")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr").first).to_contain_text("Thames Valley")
    expect(page.locator("tbody tr").first).to_contain_text("0.0")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("21.2")
    looks_right(page)
    with page.expect_download() as got:
        page.get_by_role("link", name="Download this list as CSV").click()
    assert got.value.suggested_filename.startswith("hubs-")

    # Fewer places than schools
    page.get_by_role("link", name="Thames Valley").click()
    expect(page.get_by_role("heading", name="Nearest other hubs")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name=str(round_)).first.click()
    looks_right(page)
    page.get_by_role("link", name="Change places and training").click()
    page.get_by_label("Places", exact=True).fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Places: 10 now, 2 then. Free: 8 now, 0 then.")
    looks_right(page)
    page.get_by_role("button", name="Take the free places away").click()
    expect(page.locator("main")).to_contain_text("0 of 2 places are free")


def test_a_substitute_starts_today_and_reads_what_was_left(opens: Opens) -> None:
    round_ = factories.round_(opens=clock.london_day(clock.now()))
    hq, asha, hub = factories.hq(), factories.user("Asha Rao"), factories.hub(name="Thames Valley")
    holly = factories.hub_member(hub, person=factories.user("Holly Baker"))
    submission = factories.submission(cycle=round_, in_hub=hub, place=factories.school(name="Elm School"))

    # What the leader leaves
    leader = opens(holly, f"/hubs/{hub.slug}/")
    leader.get_by_role("link", name=re.compile("^Hand-over")).click()
    leader.get_by_role("link", name="Write a note about Elm School").click()
    leader.get_by_label("Note for the next leader").fill("Ring the office before ten.")
    looks_right(leader)
    leader.get_by_role("button", name="Save note").click()
    expect(leader.locator("main")).to_contain_text("Ring the office before ten.")
    looks_right(leader)

    # A substitute who starts today
    page = opens(hq, f"/hubs/{hub.slug}/people/")
    page.get_by_role("button", name="Plan a substitute").click()
    page.get_by_label("Full name").fill("Asha Rao")
    page.get_by_label("Email address").fill(asha.email)
    today = clock.london_day(clock.now())
    fill_date(page, "First day", today)
    fill_date(page, "Last day", today)
    page.get_by_label("Reason").fill("Holly is ill")
    looks_right(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main")).to_contain_text("payee reference")
    looks_right(page)
    assert not Substitution.objects.exists()
    page.get_by_role("button", name="Start now").click()
    expect(page.locator("main")).to_contain_text("Asha Rao leads Thames Valley now.")
    looks_right(page)
    page.get_by_role("link", name="Change the last day").click()
    looks_right(page)
    page.go_back()

    # She finds the hub and what was left for her; Holly finds neither
    other = opens(asha, "/")
    other.get_by_role("link", name="Read the hand-over of Thames Valley").click()
    expect(other.locator("main")).to_contain_text("Ring the office before ten.")
    looks_right(other)
    answer = leader.reload()
    assert answer is not None
    assert answer.status == 404
    assert leader.request.get(leader.url.split("/hubs/")[0] + submission.get_absolute_url()).status == 404

    # And back
    page.get_by_role("link", name="End it now").click()
    looks_right(page)
    page.get_by_role("button", name="End it now").click()
    expect(page.locator("main")).to_contain_text("Holly Baker leads Thames Valley again.")
    leader.reload()
    expect(leader.locator("main")).to_contain_text("Ring the office before ten.")
