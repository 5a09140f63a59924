"""Feedback, the desk and sign-off in the browser: with scripts and without, looked at by axe."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from submissions.domain.feedback import comment
from submissions.models import Feedback, Part, ReplyTemplate
from tests import factories as make
from tests.support.axe import assert_accessible
from tests.support.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Pupils **chose** a question of their own.\n\n- They planned.\n- They measured with *care*."
Open = Callable[..., Page]


def hub_leader_of(world: World) -> User:
    leader = world.people["hub leader"]
    assert leader is not None
    return leader


@pytest.fixture
def world() -> World:
    made = build()
    Part.objects.filter(pk=made.part.pk).update(text=TEXT, status="sent", sent_at=make.NOW)
    made.thread.delete()
    ReplyTemplate.objects.create(person=hub_leader_of(made), title="Numbers", body="How many pupils?")
    made.part.refresh_from_db()
    return made


@pytest.fixture
def open_as(browser: Browser, portal_url: str, world: World) -> Iterator[Open]:
    contexts = []

    def opened(role: str, path: str, *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale="en-GB"
        )
        contexts.append(context)
        person: User = world.people[role]  # type: ignore[assignment]  # nobody anonymous here
        client = Client()
        client.force_login(person, backend="accounts.backends.AuthenticationBackend")
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


# From the word "chose" in bold to the end of "measured" in the list below.
SELECT = """place => {
  const texts = [], walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) texts.push(walk.currentNode)
  const first = texts.find(text => text.data.includes('chose'))
  const last = texts.find(text => text.data.includes('measured'))
  const range = document.createRange()
  range.setStart(first, first.data.indexOf('chose'))
  range.setEnd(last, last.data.indexOf('measured') + 'measured'.length)
  document.getSelection().removeAllRanges()
  document.getSelection().addRange(range)
}"""
QUOTE = "chose a question of their own. They planned. They measured"


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_selected_words_become_the_quote_and_are_marked(open_as: Open, world: World, by: str) -> None:
    page = open_as("hub leader", world.part.get_absolute_url())
    place = page.locator("[data-quotable]")
    place.evaluate(SELECT)
    button = page.get_by_role("button", name="Comment on this")
    expect(button).to_be_visible()
    if by == "mouse":
        button.click()
    else:
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.get_by_label("The words it is about")).to_have_value(QUOTE)
    expect(page.get_by_label("Your feedback")).to_be_focused()
    page.keyboard.type("Which questions?")
    looked_at(page, f"quoting-{by}")
    page.get_by_role("button", name="Add feedback").click()
    thread = Feedback.objects.get()
    assert (thread.quote, thread.body) == (QUOTE, "Which questions?")
    expect(page.locator("mark.app-quote").first).to_have_text("chose")
    expect(page.locator(f"#feedback-{thread.pk}")).to_contain_text("Go to these words")
    assert page.url.endswith(f"#feedback-{thread.pk}")
    place.evaluate(SELECT)
    page.get_by_role("button", name="Comment on this").click()
    expect(page.get_by_label("The words it is about")).to_have_value(QUOTE)
    looked_at(page, f"part-with-quote-{by}")


def test_the_school_selects_without_a_button(open_as: Open, world: World) -> None:
    page = open_as("headteacher", world.part.get_absolute_url())
    assert page.locator("[data-quotable]").count() == 0
    assert page.get_by_role("button", name="Comment on this").count() == 0


def test_a_reply_goes_into_the_box_at_once(open_as: Open, world: World) -> None:
    page = open_as("hub leader", world.part.get_absolute_url())
    box = page.get_by_label("Your feedback")
    box.fill("Well done.")
    page.get_by_label("Start from one of your replies").select_option(label="Numbers")
    expect(box).to_have_value("Well done.\n\nHow many pupils?")
    expect(page.get_by_role("button", name="Use this reply")).to_be_hidden()
    page.get_by_label("Start from one of your replies").select_option(index=0)
    expect(box).to_have_value("Well done.\n\n")


def test_q04_a_reply_and_a_quote_without_scripts(open_as: Open, world: World) -> None:
    page = open_as("hub leader", world.part.get_absolute_url(), scripts=False)
    page.get_by_label("Your feedback").fill("Well done.")
    page.locator("summary", has_text="Quote the words").click()
    page.get_by_label("The words it is about").fill("They planned.")
    page.get_by_label("Start from one of your replies").select_option(label="Numbers")
    page.get_by_role("button", name="Use this reply").click()
    expect(page.get_by_label("Your feedback")).to_have_value("Well done.\n\nHow many pupils?")
    expect(page.get_by_label("The words it is about")).to_have_value("They planned.")
    looked_at(page, "box-without-scripts")
    page.get_by_role("button", name="Add feedback").click()
    expect(page.locator("mark.app-quote")).to_have_text("They planned.")
    page.get_by_role("button", name="Mark as dealt with").click()
    again = page.get_by_role("button", name="Open it again")
    if not again.is_visible():  # the address may have unfolded it
        page.locator("summary", has_text="Feedback that is dealt with").click()
    again.click()
    expect(page.locator("mark.app-quote")).to_have_text("They planned.")


@pytest.mark.parametrize("scripts", [True, False])
def test_sign_off_in_place(open_as: Open, world: World, *, scripts: bool) -> None:
    leader = hub_leader_of(world)
    comment(world.part, "Which questions?", quote="a question", by=leader, now=make.NOW)
    page = open_as("hub leader", f"/submissions/{world.working.pk}/sign-off/", scripts=scripts)
    looked_at(page, f"sign-off-{scripts}")
    part = page.locator(f"#part-{world.part.pk}")
    expect(part).to_contain_text("They measured")
    part.locator("summary", has_text="1 open comment").click()
    expect(part.locator(".app-thread")).to_contain_text("Which questions?")
    part.locator("summary", has_text="Return with feedback, or comment").click()
    if scripts:
        part.get_by_label("Start from one of your replies").select_option(label="Numbers")
        part.locator("[data-quotable]").evaluate(SELECT)
        page.get_by_role("button", name="Comment on this").click()
        expect(part.get_by_label("Your feedback")).to_have_value("How many pupils?")
        expect(part.get_by_label("The words it is about")).to_have_value(QUOTE)
    else:
        part.get_by_label("Your feedback").fill("How many pupils?")
    looked_at(page, f"sign-off-box-{scripts}")
    part.get_by_role("button", name="Return with feedback").click()
    assert page.url.endswith(f"/sign-off/#part-{world.part.pk}")
    world.part.refresh_from_db()
    assert world.part.status == "returned"
    expect(page.locator(f"#part-{world.part.pk}")).to_contain_text("Returned")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 375])
def test_q01_the_pages_of_talk_and_desk(open_as: Open, world: World, width: int) -> None:
    leader = hub_leader_of(world)
    comment(world.part, "Which questions?", quote="a question", by=leader, now=make.NOW)
    comment(world.part, "Gone?", quote="no such words", by=leader, now=make.NOW)
    comment(world.piece, "Whose seeds?", by=leader, now=make.NOW)
    asked = f"/submissions/{world.working.pk}/feedback/"
    pages = [
        ("hub leader", "/desk/"),
        ("mentor", "/desk/"),
        ("HQ admin", "/desk/?show=late&sort=-deadline"),
        ("HQ viewer", "/desk/"),
        ("hub leader", f"/hubs/{world.hub.slug}/{world.round.slug}/"),
        ("subject leader", asked),
        ("hub leader", asked),
        ("hub leader", f"/submissions/{world.working.pk}/parts/{world.part.pk}/feedback/"),
        ("hub leader", f"/submissions/{world.working.pk}/evidence/{world.piece.pk}/feedback/"),
        ("subject leader", world.part.get_absolute_url()),
        ("subject leader", f"/submissions/{world.working.pk}/sign-off/"),
        ("mentor", f"/submissions/{world.working.pk}/sign-off/"),
        ("hub leader", "/desk/replies/"),
        ("hub leader", "/desk/replies/new/"),
        ("mentor", "/desk/replies/"),
        ("hub leader", "/"),
    ]
    for number, (role, path) in enumerate(pages):
        looked_at(open_as(role, path, width=width), f"{number:02}-{role.replace(' ', '-')}-{width}")


def test_the_way_to_what_has_waited_longest(open_as: Open, world: World) -> None:
    page = open_as("hub leader", "/desk/")
    page.get_by_role("button", name="Go to what has waited longest for you").click()
    assert page.url.endswith(world.part.get_absolute_url())
