"""The log and a submission's activity in the browser: wide, on a phone without scripts; looked at by axe."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from psqm_portal.core import log
from tests import factories as make
from tests.support.axe import assert_accessible
from tests.support.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


@pytest.fixture
def world() -> World:
    made = build()
    admin, leader = made.people["HQ admin"], made.people["subject leader"]
    assert admin is not None
    assert leader is not None
    for number in range(70):
        log.write(
            "part.send", by=leader, about=f"part:{made.part.pk}", detail="sent",
            now=make.NOW + timedelta(minutes=number),
        )  # fmt: skip
    later = make.NOW + timedelta(days=1)
    log.write("session.failed", by=None, now=later, about=f"person:{admin.pk}", detail="password")
    log.write("page.denied", by=leader, now=later, detail="GET mail")
    log.write(
        "evidence.children_seen", by=admin, now=later, about=f"evidence:{made.piece.pk}",
        detail=f"file:{made.file.pk} preview",
    )  # fmt: skip
    return made


@pytest.fixture
def open_as(browser: Browser, portal_url: str, world: World) -> Iterator[Open]:
    contexts = []

    def opened(role: str, path: str, *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale="en-GB"
        )
        contexts.append(context)
        client = Client()
        client.force_login(world.people[role], backend="accounts.backends.AuthenticationBackend")  # type: ignore[arg-type]
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": portal_url}])
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()


def looked_at(page: Page, name: str) -> None:
    """Q01, and no page scrolls sideways; a picture where somebody wants to look."""
    assert_accessible(page)
    assert not page.locator("html").evaluate("html => html.scrollWidth > html.clientWidth"), page.url
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (375, False)])
def test_hq_finds_pages_and_downloads(open_as: Open, width: int, scripts: bool) -> None:
    page = open_as("HQ admin", "/log/", width=width, scripts=scripts)
    looked_at(page, f"log-{width}")
    page.locator("summary", has_text="Find something").click()
    page.get_by_label("What happened").select_option(label="Sent a part")
    page.get_by_label("What it was about").fill("School")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("body")).to_contain_text("70 lines, newest first")
    looked_at(page, f"log-found-{width}")
    page.get_by_role("link", name="Older lines").click()
    expect(page.get_by_text("Sent a part").locator("visible=true")).to_have_count(20)
    page.get_by_role("link", name="Newer lines").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download these lines").click()
    assert download.value.suggested_filename == "log.csv"
    page.get_by_label("Who did it").fill("nobody at all")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("“nobody at all”")
    looked_at(page, f"log-nobody-{width}")


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (375, False)])
def test_a_school_reads_what_happened(open_as: Open, world: World, width: int, scripts: bool) -> None:
    page = open_as(
        "subject leader", f"/submissions/{world.working.pk}/history/", width=width, scripts=scripts
    )
    looked_at(page, f"activity-{width}")
    page.get_by_label("Show").select_option(label="Messages")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("body")).to_contain_text("A message was written")
    expect(page.locator("body")).not_to_contain_text("A comment was written")
    page.get_by_role("link", name="A message was written").click()
    assert "Hello" in page.content()
