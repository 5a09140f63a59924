"""Before a session ends its person is asked; when it has ended the page leaves, and nothing typed is lost."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, Page, expect

from accounts.models import Session, User
from psqm_portal.core.clock import now
from psqm_portal.core.models import Draft
from tests import factories as make
from tests.browser.desk import gives_password, let_in
from tests.browser.person import PASSWORD
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
WARNING = "dialog.app-dialog"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.clock.install()
        yield page


def can_sign_in(person: User) -> User:
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def was_seen(person: User, ago: timedelta) -> None:
    Session.objects.filter(person=person).update(seen_at=now() - ago)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png")


def test_q03_two_minutes_before_the_end_one_button_keeps_it_open(page: Page, portal_url: str) -> None:
    person = make.hq()
    let_in(page.context, portal_url, person)
    page.goto(portal_url + "/account/sessions/")
    assert_accessible(page)
    picture(page, "own-sessions")
    # Another window was used meanwhile: the server is asked, and nobody is warned.
    was_seen(person, timedelta(minutes=30))
    with page.expect_response("**/account/session/"):
        page.clock.fast_forward("58:30")
    expect(page.locator(WARNING)).not_to_be_visible()
    was_seen(person, timedelta(minutes=58, seconds=5))
    page.clock.fast_forward("28:30")
    warning = page.locator(WARNING)
    expect(warning).to_be_visible()
    expect(warning.get_by_role("heading")).to_have_text("We’ll sign you out in 2 minutes")
    expect(warning.get_by_role("heading")).to_be_focused()
    assert_accessible(page)
    picture(page, "session-warning")
    assert Session.objects.get(person=person).seen_at < now() - timedelta(minutes=58)
    with page.expect_response("**/account/session/"):
        page.get_by_role("button", name="Stay signed in").click()
    expect(warning).not_to_be_visible()
    assert Session.objects.get(person=person).seen_at > now() - timedelta(minutes=1)


def test_q03_a_session_that_cannot_be_longer_says_so_once(page: Page, portal_url: str) -> None:
    person = make.hq()
    let_in(page.context, portal_url, person)
    Session.objects.update(started_at=now() - timedelta(hours=11, minutes=58, seconds=10))
    page.goto(portal_url + "/account/sessions/")
    page.clock.fast_forward(6000)
    warning = page.locator(WARNING)
    expect(warning).to_contain_text("so we ask you to sign in again")
    page.get_by_role("button", name="Go on for now").click()
    expect(warning).not_to_be_visible()
    page.clock.fast_forward(6000)
    expect(warning).not_to_be_visible()


def test_q03_s13_the_page_leaves_when_it_is_over_and_what_was_typed_comes_back(
    page: Page, portal_url: str
) -> None:
    submission = make.submission()
    person = can_sign_in(make.member(submission.school))
    let_in(page.context, portal_url, person)
    page.goto(f"{portal_url}/submissions/{submission.pk}/messages/")
    box = page.locator("main textarea").first
    box.fill("What I began before the phone rang")
    page.clock.fast_forward(2000)
    expect(page.locator(".app-saved").first).to_contain_text("Kept at")
    assert Draft.objects.filter(person=person).exists()
    was_seen(person, timedelta(hours=12))
    page.clock.fast_forward("12:00:00")
    page.wait_for_url("**/account/login/?*")
    expect(page.locator("body")).to_contain_text("We signed you out because nothing happened for a while.")
    assert_accessible(page)
    picture(page, "signed-out")
    gives_password(page, person)
    page.wait_for_url(f"**/submissions/{submission.pk}/messages/")
    expect(page.locator("main textarea").first).to_have_value("What I began before the phone rang")


def test_q04_without_scripts_another_browser_is_signed_out(browser: Browser, portal_url: str) -> None:
    person = make.hq()
    with browser.new_context(java_script_enabled=False, locale="en-GB") as elsewhere:
        let_in(elsewhere, portal_url, person)
        with browser.new_context(java_script_enabled=False, locale="en-GB") as here:
            let_in(here, portal_url, person)
            page = here.new_page()
            page.goto(portal_url + "/account/")
            page.get_by_role("link", name="See all").click()
            picture(page, "two-sessions")
            page.locator("main").get_by_role("button", name="Sign out of").click()
            expect(page.locator("main")).to_contain_text("That browser is signed out.")
        other = elsewhere.new_page()
        other.goto(portal_url + "/people/")
        expect(other.locator("h1")).to_have_text("Sign in")
