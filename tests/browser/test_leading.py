"""A hub leader logs mentoring on a phone and sees the checklist change; HQ sees who is missing something."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from hubs.domain.mentoring import log_time
from hubs.models import HubRound, MentoringEntry
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from schools.models import School
from submissions.models import Submission
from tests import factories
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []

    def open_page(person: User, path: str, width: int) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
        contexts.append(context)
        let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def looks_right(page: Page, name: str) -> None:
    """Everybody can use it, and nothing sticks out on a phone."""
    assert_accessible(page)
    size = page.viewport_size
    assert size is not None
    for width in {size["width"], 375}:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size(size)


class Scheme:
    """Two hubs with a school each, which came 100 days ago: since a month each should have had some time."""

    def __init__(self) -> None:
        today = clock.london_day(clock.now())
        round_ = factories.round_(opens=today - timedelta(days=120), name="Autumn 2026", slug="autumn-2026")
        hub, other = factories.hub(name="Chilterns"), factories.hub(name="Downs")
        self.holly = factories.hub_member(hub, person=factories.user("Holly Baker"))
        self.dan = factories.hub_member(other, person=factories.user("Dan Moor"))
        for place, name in ((hub, "Ash Primary School"), (other, "Elm Primary School")):
            factories.submission(cycle=round_, in_hub=place, place=factories.school(name=name))
        Submission.objects.update(enrolled_at=clock.now() - timedelta(days=100))


@pytest.fixture
def scheme() -> Scheme:
    return Scheme()


def test_mentoring_is_logged_on_a_phone_and_the_checklist_changes(opens: Opens, scheme: Scheme) -> None:
    phone = opens(scheme.holly, "/", 375)
    phone.get_by_role("link", name="Checklist of Chilterns, Autumn 2026").click()
    mentoring = phone.get_by_role("row").filter(has_text="Mentor each school")
    expect(mentoring).to_contain_text("Late")
    expect(mentoring).to_contain_text("No time yet for Ash Primary School")
    looks_right(phone, "checklist-late")
    mentoring.get_by_role("link").click()
    expect(phone.get_by_text("Nothing is logged yet")).to_be_visible()
    looks_right(phone, "mentoring-empty")
    # Two taps: the row's link, and the button under answers that are there already.
    phone.get_by_role("link", name="Log time for Ash Primary School").click()
    looks_right(phone, "log-time")
    phone.get_by_role("button", name="Log this time").click()
    expect(phone.get_by_text("30m for Ash Primary School is logged.")).to_be_visible()
    expect(phone.get_by_role("row").filter(has_text="Ash").first).to_contain_text("30m of 4h")
    looks_right(phone, "mentoring")
    phone.get_by_role("link", name="Change").first.click()
    phone.get_by_label("How long").fill("a while")
    phone.get_by_role("button", name="Save changes").click()
    expect(phone.get_by_role("alert")).to_contain_text("Enter the time like 45, 1h 30 or 1.5 hours")
    looks_right(phone, "change-wrong")
    phone.get_by_label("How long").fill("4h 15")
    phone.get_by_role("button", name="Save changes").click()
    expect(phone.get_by_role("row").filter(has_text="Ash").first).to_contain_text("15m over")
    phone.get_by_role("link", name="Checklist", exact=True).click()
    expect(phone.get_by_role("row").filter(has_text="Mentor each school")).to_contain_text("Done")

    phone.get_by_role("link", name="Mentor each school").click()
    phone.get_by_role("link", name="Change").first.click()
    phone.get_by_role("link", name="Take this entry away").click()
    looks_right(phone, "take-away")
    phone.get_by_role("button", name="Take it away").click()
    expect(phone.get_by_text("4h 15m for Ash Primary School is taken away.")).to_be_visible()
    assert not MentoringEntry.objects.exists()


def test_hq_sees_who_misses_something_and_follows_the_link(opens: Opens, scheme: Scheme) -> None:
    ash = School.objects.get(name="Ash Primary School")
    day = clock.london_day(clock.now())
    log_time(
        HubRound.objects.get(hub__name="Chilterns"), ash, held_on=day, minutes=90, how="phone",
        by=scheme.holly, now=clock.now(),
    )  # fmt: skip
    hq = opens(factories.hq(Role.HQ_VIEWER), "/hub-leaders/?duty=mentoring", 1280)
    looks_right(hq, "hub-leaders")
    expect(hq.get_by_role("row").filter(has_text="Dan Moor")).to_contain_text("Mentoring")
    expect(hq.get_by_role("row").filter(has_text="Holly Baker")).to_have_count(0)
    hq.get_by_role("link", name="Clear").click()
    looks_right(hq, "all-hub-leaders")
    hq.get_by_role("row").filter(has_text="Dan Moor").get_by_role(
        "link", name="mentoring of Dan Moor"
    ).click()
    expect(hq.get_by_role("heading", name="Mentoring")).to_be_visible()
    expect(hq.get_by_role("link", name="Log time")).to_have_count(0)
    hq.goto(hq.url.split("/hubs/")[0] + f"/hub-leaders/{scheme.dan.pk}/")
    expect(hq.get_by_role("row").filter(has_text="Mentor each school")).to_contain_text("Elm Primary School")
    looks_right(hq, "hub-leader")
