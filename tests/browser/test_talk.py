"""A conversation stands open: what others write comes in, what is typed stays. And all of it without scripts
(Q01, Q04).
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from messaging.domain.conversations import delete
from messaging.models import Announcement, Message
from psqm_portal.core import clock
from tests.browser.desk import let_in
from tests.messaging.test_announcements import Scheme
from tests.messaging.test_notices import says
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]


@pytest.fixture
def scheme() -> Scheme:
    return Scheme()


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []

    def open_page(person: User, path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
        contexts.append(context)
        let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def talk_url(scheme: Scheme) -> str:
    return f"/submissions/{scheme.submissions[0].pk}/messages/"


def looks(page: Page) -> None:
    """As when the tab is looked at again; it does so every twenty seconds by itself."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_what_others_write_comes_in_beside_what_is_typed(opens: Opens, scheme: Scheme) -> None:
    page = opens(scheme.teachers[0], talk_url(scheme))
    expect(page.get_by_text("No messages yet")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("I was just typing")
    now = clock.now()
    first = says(scheme, body="Hello from the hub", at=now)
    looks(page)
    expect(page.locator(".app-message")).to_have_count(1)
    expect(page.get_by_text("No messages yet")).to_have_count(0)
    says(scheme, body="And once more", at=now + timedelta(seconds=1))
    looks(page)
    expect(page.locator(".app-message")).to_have_count(2)
    expect(page.locator(".app-message").last).to_contain_text("And once more")
    delete(first, by=scheme.leader, now=clock.now())
    looks(page)
    expect(page.locator(".app-message").first).to_contain_text("This message was deleted by Ana Lee")
    expect(page.locator(".app-message")).to_have_count(2)
    expect(page.get_by_label("Message", exact=True)).to_have_value("I was just typing")
    assert_accessible(page)
    page.get_by_role("button", name="Send message").click()
    expect(page.locator(".app-message").last).to_contain_text("I was just typing")
    scheme.teachers[0].school_memberships.update(ended_at=clock.now())
    looks(page)
    expect(page.get_by_text("You can’t read this conversation any more.")).to_be_visible()


def test_older_messages_are_put_above(opens: Opens, scheme: Scheme) -> None:
    for number in range(70):
        says(scheme, body=f"Message number {number}.")
    page = opens(scheme.leader, talk_url(scheme))
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.get_by_text("Message number 10.")).to_be_visible()
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.locator(".app-message")).to_have_count(70)
    expect(page.get_by_role("link", name="Earlier messages")).to_have_count(0)
    assert page.locator(".app-message__body").first.inner_text() == "Message number 0."


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False])
def test_writing_changing_deleting_and_searching(opens: Opens, scheme: Scheme, scripts: bool) -> None:
    page = opens(scheme.teachers[0], talk_url(scheme), scripts=scripts)
    page.get_by_label("Message", exact=True).fill("When is traning day one?")
    page.get_by_role("button", name="Send message").click()
    page.get_by_role("link", name="Change your message").click()
    assert_accessible(page)
    page.get_by_label("Message", exact=True).fill("When is training day one?")
    page.get_by_role("button", name="Save your message").click()
    expect(page.locator(".app-message")).to_contain_text("changed")
    page.goto(page.url.split("/submissions/")[0] + "/messages/")
    page.get_by_role("textbox", name="Search your messages").fill("training")
    page.get_by_role("button", name="Search").click()
    assert_accessible(page)
    page.get_by_role("link", name=str(scheme.submissions[0])).click()
    page.get_by_role("link", name="Delete your message").click()
    assert_accessible(page)
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".app-message")).to_contain_text("This message was deleted by you")
    assert Message.objects.get().body == ""


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False])
def test_an_announcement_is_written_and_read(opens: Opens, scheme: Scheme, scripts: bool) -> None:
    page = opens(scheme.hq, "/announcements/new/", scripts=scripts)
    assert_accessible(page)
    page.get_by_role("link", name=f"The schools in {scheme.round}").click()
    page.get_by_text("Who gets it").click()
    expect(page.locator("main")).to_contain_text(scheme.head.name)
    page.get_by_label("Title").fill("Training day moved")
    page.get_by_label("Announcement", exact=True).fill("It is on Friday now.")
    assert_accessible(page)
    page.get_by_role("button", name="Send it to 5 people").click()
    expect(page.locator("main")).to_contain_text("Read by 0 of 5")
    assert_accessible(page)
    reader = opens(scheme.head, "/", scripts=scripts)
    reader.get_by_role("link", name="Read 1 new announcement").click()
    assert_accessible(reader)
    reader.get_by_role("link", name="Training day moved").click()
    expect(reader.locator("main")).to_contain_text("It is on Friday now.")
    assert_accessible(reader)
    page.reload()
    expect(page.locator("main")).to_contain_text("Read by 1 of 5")
    assert Announcement.objects.count() == 1
    for path in ("/messages/notices/", "/messages/"):
        reader.goto(reader.url.split("/announcements/")[0] + path)
        assert_accessible(reader)


def test_a_leader_and_hq_talk(opens: Opens, scheme: Scheme) -> None:
    page = opens(scheme.leader, "/messages/")
    page.get_by_role("link", name="Write to HQ").click()
    assert_accessible(page)
    page.get_by_label("Message", exact=True).fill("One school has no headteacher")
    page.get_by_role("button", name="Send message").click()
    hq = opens(scheme.hq, f"/hubs/{scheme.hub.slug}/")
    hq.get_by_role("link", name="Write to Ana Lee").click()
    expect(hq.locator(".app-message")).to_contain_text("One school has no headteacher")
    assert_accessible(hq)
