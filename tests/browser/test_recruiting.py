"""A hub leader finds a school and writes to it; its head opens the letter's link and answers (Q01, Q04)."""

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
import time_machine
from django.core.files.storage import default_storage
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from hubs import slots
from hubs.domain import mailings
from hubs.models import Hub, MailOut, OptOut, Prospect
from psqm_portal.core import clock
from schools.distance import METRES_IN_A_MILE
from tests import factories
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]
DAY = factories.NOW.replace(month=7)


@pytest.fixture
def opens(browser: Browser, portal_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []
    monkeypatch.setattr(slots, "fee_of_round", [lambda _round, _school: Decimal(750)])

    def open_page(person: User | None, path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, locale="en-GB", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        if person is not None:
            let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    with time_machine.travel(DAY, tick=True):
        yield open_page
    for context in contexts:
        context.close()


def looks_right(page: Page, name: str) -> None:
    """axe, nothing wider than a phone, and a picture where somebody wants to look."""
    assert_accessible(page)
    for label, width in (("phone", 375), ("wide", 1280)):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}, {label}"
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/{name}-{label}.png", full_page=True)


def scheme() -> tuple[str, User, User]:
    """A hub with a place and schools round it; its page, its leader and HQ."""
    hub_round = factories.hub_round(factories.hub(name="Chilterns"), factories.round_(name="Autumn 2026"))
    Hub.objects.filter(pk=hub_round.hub_id).update(easting=480_000, northing=190_000)
    for number, name in enumerate(["Oak", "Ash", "Elm", "Beech", "Hazel"]):
        factories.school(
            name=f"{name} Primary School", street=f"{number + 1} Hill Road", local_authority="Wessex",
            easting=480_000 + round((number + 1) * METRES_IN_A_MILE), northing=190_000,
            headteacher_name="" if number else "Mrs Hana Hill",
        )  # fmt: skip
    path = f"/hubs/{hub_round.hub.slug}/{hub_round.round.slug}/find-schools/"
    return path, factories.hub_member(hub_round.hub, person=factories.user("Ana Lee")), factories.hq()


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_from_finding_a_school_to_its_answer(opens: Opens, portal_url: str, scripts: bool) -> None:
    path, leader, _ = scheme()
    page = opens(leader, path, scripts=scripts)
    expect(page.get_by_role("row")).to_have_count(6)
    page.get_by_label("Pick Oak Primary School").check()
    page.get_by_label("Pick Ash Primary School").check()
    page.get_by_role("button", name="Pick the ticked schools").click()
    expect(page.get_by_text("2 schools picked. Invite them from your list.")).to_be_visible()
    looks_right(page, "find")
    page.get_by_role("button", name="Your list of schools").click()
    looks_right(page, "list-picked")
    page.get_by_role("button", name="Invite 2 picked schools").click()
    expect(page.get_by_label("Headteacher of Oak Primary School")).to_have_value("Mrs Hana Hill")
    page.get_by_role("radio", name="By letter").check()
    page.get_by_label("Your address").fill("Ana Lee\nRidgeway Centre\n12 Hill Road\nAshbrook\nAS1 2BC")
    page.get_by_label("The first training").fill("Tuesday 22 September 2026 at 9.30am, Ridgeway Centre")
    looks_right(page, "invite")
    page.get_by_role("button", name="Save and preview").click()
    expect(page.get_by_role("heading", name="Check the invitation")).to_be_visible()
    page.locator("main").get_by_role("link", name="Oak Primary School").click()
    expect(page.locator(".app-mail")).to_contain_text("Dear Mrs Hana Hill,")
    expect(page.locator(".app-mail")).to_contain_text("Our first training: Tuesday 22 September 2026")
    looks_right(page, "check")
    page.get_by_role("button", name="Make 2 letters").click()
    expect(page.get_by_text("The letters are being made.").first).to_be_visible()
    posting = MailOut.objects.get()
    mailings.make(posting.pk, clock=clock.now)
    page.reload()
    expect(page.get_by_role("link", name="Letters Chilterns, Autumn 2026.pdf")).to_be_visible()
    looks_right(page, "made")
    link = letters_of(posting)
    head = opens(None, link, scripts=scripts)
    expect(head.locator("h1")).to_have_text("An invitation to the Primary Science Quality Mark")
    looks_right(head, "invited")
    assert sorted(Prospect.objects.values_list("status", flat=True)) == ["opened", "sent"]
    head.get_by_role("link", name="No thank you, not this time").click()
    head.get_by_label("Why not this time?").fill("We have a new building to move into.")
    looks_right(head, "decline")
    head.get_by_role("button", name="Say no thank you").click()
    expect(head.get_by_text("Thank you for telling us")).to_be_visible()
    head.get_by_role("link", name="Don’t ask us again").click()
    looks_right(head, "never")
    head.get_by_role("button", name="Never invite us again").click()
    expect(head.get_by_role("heading", name="We won’t invite you again")).to_be_visible()
    looks_right(head, "never-done")
    page.goto(portal_url + path + "list/")
    expect(page.get_by_text("We have a new building to move into.")).to_be_visible()
    looks_right(page, "list")
    assert OptOut.objects.count() == 1


def letters_of(posting: MailOut) -> str:
    """Looks at the sheets as a picture where somebody wants to; the path of the first letter's link."""
    posting.refresh_from_db()
    assert posting.file is not None
    with default_storage.open(posting.file.key) as kept:
        document = pypdfium2.PdfDocument(kept.read())
    assert len(document) == 2
    if folder := os.environ.get("SCREENSHOTS"):
        for number, sheet in enumerate(document):
            sheet.render(scale=1.4).to_pil().save(f"{folder}/sheet-{number}.png")
    text = document[0].get_textpage().get_text_range()
    document.close()
    return "/invited/" + "".join(text.split("/invited/")[1].split("/")[0].split()) + "/"


def test_hqs_letter(opens: Opens, portal_url: str) -> None:
    _, _, hq = scheme()
    page = opens(hq, "/invitation-letter/")
    expect(page.get_by_role("heading", name="Preview with Oak Primary School")).to_be_visible()
    looks_right(page, "letter")
    page.get_by_role("link", name="What it costs").click()
    page.get_by_label("Text").fill("It costs {fee}, and {nobody} pays.")
    page.get_by_role("button", name="Save this paragraph").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("{nobody} isn’t a field of the letter")
    looks_right(page, "paragraph")
    page.get_by_label("Text").fill("It costs {fee}.")
    page.get_by_role("button", name="Save this paragraph").click()
    expect(page.locator(".app-mail")).to_contain_text("It costs £750.")
    page.get_by_role("button", name="Schools that want none").click()
    page.get_by_label("School’s name, place, postcode or URN").fill("Oak")
    page.get_by_role("button", name="Find the school").click()
    page.get_by_role("radio", name="Oak Primary School").check()
    page.get_by_label("What they said").fill("They rang on Monday.")
    looks_right(page, "opt-out")
    page.get_by_role("button", name="Never invite this school").click()
    expect(page.get_by_text("They rang on Monday.")).to_be_visible()
    looks_right(page, "opt-outs")
    page.get_by_role("link", name="Lift").click()
    page.get_by_label("Reason").fill("They want to join after all.")
    looks_right(page, "lift")
    page.get_by_role("button", name="Let hubs invite it").click()
    expect(page.get_by_text("Hubs may invite Oak Primary School again.")).to_be_visible()
