"""The calendar as people use it: on a phone, on a wide screen, without scripts."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from hubs.domain.training import set_session
from psqm_portal.core.clock import london_day
from rounds.models import Audience, CalendarFeed, Milestone, Step
from tests import factories as make
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leader():
    """A hub leader who is at a school of another hub too, in a round that goes on now."""
    today = london_day(timezone.now())
    cycle = make.round_(name="This year", opens=today - timedelta(days=80))
    Milestone.objects.create(
        round=cycle, step=Step.TRAINING_1, audience=Audience.HUB_LEADER, label="Training day 1",
        opens_on=today, due_on=today + timedelta(days=9),
    )  # fmt: skip
    hub = make.hub(name="Chilterns")
    person = make.hub_member(hub)
    ours = make.submission(cycle=cycle, in_hub=hub, parts=False)
    make.submission(cycle=cycle, place=(place := make.school(name="Ashbrook")), parts=False)
    make.member(place, person=person)
    set_session(
        ours.seat.hub_round, "training_1", held_on=today, starts_at=time(9, 30), ends_at=time(15),
        place="Learning Centre, 1 High Street", note="Bring your audit.", by=None, now=timezone.now(),
    )  # fmt: skip
    return person


def signed_in(page: Page, portal_url: str, person) -> Page:
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": portal_url}])
    return page


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def anyhow(request, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def test_q04_the_address_is_made_renewed_and_stopped_also_without_scripts(anyhow, portal_url, leader):
    page = signed_in(anyhow, portal_url, leader)
    page.goto(f"{portal_url}/calendar/")
    page.get_by_role("button", name="Add these dates to your own calendar").click()
    assert_accessible(page)
    page.get_by_role("button", name="Make my address").click()
    first = page.get_by_label("Your secret address").input_value()
    assert first.startswith(f"{portal_url}/calendar/")
    assert_accessible(page)
    page.locator("summary", has_text="Google Calendar").click()
    expect(page.get_by_text("Google looks about twice a day")).to_be_visible()
    page.get_by_role("button", name="Make another address").click()
    assert_accessible(page)
    page.get_by_role("button", name="Make another address").click()
    assert page.get_by_label("Your secret address").input_value() != first
    page.get_by_role("button", name="Stop this address").click()
    page.get_by_role("button", name="Stop my address").click()
    expect(page.get_by_role("button", name="Make my address")).to_be_visible()
    assert not CalendarFeed.objects.exists()


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_q01_the_calendar_is_read_on_every_screen(page, portal_url, leader, width):
    page.set_viewport_size({"width": width, "height": 900})
    signed_in(page, portal_url, leader).goto(f"{portal_url}/calendar/")
    grid = page.locator(".app-month")
    expect(grid).to_be_visible() if width > 800 else expect(grid).to_be_hidden()
    session = page.get_by_role("listitem").filter(has_text="Learning Centre, 1 High Street")
    expect(session).to_contain_text("Training from 9.30am to 3pm")
    expect(session).to_contain_text("Bring your audit.")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("summary", has_text="What is over").click()
    assert_accessible(page)
    with page.expect_download() as download:
        session.get_by_role("link", name="Calendar file").click()
    assert download.value.suggested_filename == "Training day 1 Chilterns.ics"


def test_the_grid_turns_and_the_list_is_narrowed(page, portal_url, leader):
    page.set_viewport_size({"width": 1280, "height": 900})
    signed_in(page, portal_url, leader).goto(f"{portal_url}/calendar/")
    today = london_day(timezone.now())
    after = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    page.get_by_role("link", name="Month after").click()
    expect(page.locator(".app-month caption")).to_have_text(f"{after:%B %Y}")
    page.get_by_role("link", name="This month").click()
    expect(page.locator(".app-month caption")).to_have_text(f"{date(today.year, today.month, 1):%B %Y}")
    page.get_by_label("Whose dates").select_option("Those of schools and people I look after")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Schools: Send for sign-off")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Learning Centre")).to_have_count(0)
