"""HQ's mail pages and a person's notice in the browser: wide, on a phone, without scripts; seen by axe."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from messaging.domain import texts
from messaging.domain.mail import write
from messaging.domain.wording import Wording
from messaging.models import Email, MailText, Suppression
from messaging.registers import mail_kinds
from tests import factories as make
from tests.support.axe import assert_accessible
from tests.support.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]
KIND = mail_kinds["submissions/mail/part_returned"]
TEXT = f"/mail/texts/{KIND.slug}/"


@pytest.fixture
def world() -> World:
    made = build()
    leader, head = made.people["subject leader"], made.people["headteacher"]
    for person, state, error in [
        (leader, "failed", "Nothing is sent to this address: mail to it came back."),
        (leader, "bounced", "The server was unable to deliver – smtp;550 5.1.1 No such user here"),
        (head, "failed", "SMTPServerDisconnected: Connection unexpectedly closed: timed out"),
        (head, "sent", ""),
    ]:
        context = {"author": head, "title": "Oak Primary, Autumn 2026", "url": "/x/"}
        email = write("messaging/mail/new_message", to=person, now=make.NOW, context=context)  # type: ignore[arg-type]
        at = make.NOW if state in {"sent", "bounced"} else None
        Email.objects.filter(pk=email.pk).update(state=state, last_error=error, sent_at=at)
    Suppression.objects.create(
        address=leader.email,
        why="bounce",
        since=make.NOW,
        detail="smtp;550 5.1.1 No such user here",
    )
    words = Wording("{school}: {part} came back", "Dear {first_name},\n\n{by} sent it back.\n\n{link}")
    texts.edit(KIND, words, by=made.people["HQ admin"], now=make.NOW)  # type: ignore[arg-type]
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


def look(page: Page, name: str) -> None:
    """Nothing runs out of the page; where SHOTS names a folder, a picture of it goes there."""
    wide = page.evaluate("document.documentElement.scrollWidth") if page.url else 0
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert wide <= width, f"{page.url} is {wide} wide"
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


PAGES = {
    "mails": "/mail/",
    "again": "/mail/resend/?all=1",
    "suppressed": "/mail/suppressed/",
    "texts": "/mail/texts/",
    "text": TEXT,
    "earlier": f"{TEXT}earlier/",
    "shipped": f"{TEXT}shipped/",
}


@pytest.mark.parametrize("width", [1280, 375])
def test_q01_hqs_mail_pages(open_as: Open, world: World, width: int) -> None:
    mail = Email.objects.filter(state="bounced").get()
    row = Suppression.objects.first()
    assert row is not None
    more = {"one": f"/mail/{mail.pk}/", "lift": f"/mail/suppressed/{row.pk}/lift/"}
    page = open_as("HQ admin", "/mail/", width=width)
    origin = page.url.removesuffix("/mail/")
    for name, path in {**PAGES, **more}.items():
        page.goto(origin + path)
        look(page, name)
        assert_accessible(page)


@pytest.mark.parametrize("width", [1280, 375])
def test_q01_the_person_reads_that_mail_comes_back(open_as: Open, width: int) -> None:
    page = open_as("subject leader", "/", width=width)
    expect(page.get_by_text("Mail to you came back")).to_be_visible()
    look(page, "home")
    assert_accessible(page)


def test_q04_a_text_is_written_tried_and_saved_without_scripts(open_as: Open) -> None:
    page = open_as("HQ admin", TEXT, scripts=False, width=375)
    page.get_by_label("Subject").fill("{school}: look at {part}")
    page.get_by_label("Text").fill("Dear {first_name},\n\n{nobody} {reason}\n\n{link}")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("{nobody} isn’t a field of this mail")).to_be_visible()
    look(page, "preview")
    page.get_by_label("Text").fill("Dear {first_name},\n\n{reason}\n\n{link}")
    page.get_by_role("button", name="Send a test to me").click()
    expect(page.get_by_text("Nobody else gets it.")).to_be_visible()
    assert MailText.objects.count() == 1
    page.get_by_label("Subject").fill("Look at this")
    page.get_by_role("button", name="Save and use from now on").click()
    expect(page.get_by_text("Keep {school} in the subject").first).to_be_visible()
    look(page, "refused")
    page.get_by_label("Subject").fill("{school}: look at {part}")
    page.get_by_role("button", name="Save and use from now on").click()
    look(page, "saved")
    expect(page).to_have_url(re.compile(r"/mail/texts/(#preview)?$"))
    assert MailText.objects.count() == 2


def test_q04_several_mails_go_again_without_scripts(open_as: Open) -> None:
    page = open_as("HQ admin", "/mail/", scripts=False)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Look at the chosen mails").click()
    page.get_by_role("button", name="Send 1 mail again").click()
    page.wait_for_url("**/mail/?state=waiting")
    expect(page.get_by_text("1 mail waits to be sent again.")).to_be_visible()
