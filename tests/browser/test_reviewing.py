"""A reviewer at the review page: by keyboard, on a line that breaks, in two windows, without scripts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from awards.domain import assignment
from awards.models import Judgement, Review
from rounds.models import Criterion, Descriptor
from submissions.models import PartVersion
from tests import factories as make
from tests.awards import helpers
from tests.browser.desk import keeps_here, let_in, saved_line
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
REFLECTION = (
    "At the start of the year pupils followed our plans. Now each class begins a topic with questions of its "
    "own, and Year 5 chose how to find out which soil holds most water.\n\nOur survey says that nine in ten "
    "pupils like to plan their own enquiry. Teachers say so too."
)


@pytest.fixture
def review() -> Review:
    """Of thirteen criteria, with what each level asks for."""
    framework = make.framework(criteria=13)
    codes = ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "C1", "C2", "C3", "D1", "D2"]
    criteria = Criterion.objects.filter(strand__framework=framework).order_by("pk")
    for criterion, code in zip(criteria, codes, strict=True):
        criterion.code, criterion.title = code, f"Criterion {code}"
        criterion.save()
        for level in framework.levels.all():
            text = f"Pupils lead their own enquiries in most classes, as {level} asks."
            Descriptor.objects.create(criterion=criterion, level=level, text=text)
    made = helpers.submitted(cycle=make.round_(framework=framework, name="Autumn 2026"))
    make.rate_audit(made)
    for version in PartVersion.objects.filter(part__submission=made, part__kind="reflection"):
        version.content["text"] = REFLECTION
        version.save(update_fields=["content"])
    reviewers = [helpers.reviewer("Holly Baker"), helpers.reviewer()]
    assignment.assign(made, reviewers, by=make.hq(), now=make.NOW)
    return helpers.reviews_of(made)[0]


@pytest.fixture
def context(browser: Browser, portal_url: str, review: Review) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    let_in(context, portal_url, review.standing.user)
    yield context
    context.close()


def stands(review: Review, code: str) -> Judgement:
    return Judgement.objects.get(review=review, criterion__code=code)


def looks_well(page: Page, name: str) -> None:
    assert_accessible(page)
    for width in (1280, 768, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def beside(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 900})
    work = page.locator(".app-judging__work").first.bounding_box()
    judgement = page.locator(".app-judging__judgement").first.bounding_box()
    assert work is not None
    assert judgement is not None
    return judgement["x"] >= work["x"] + work["width"]


def test_q01_a_review_by_keyboard_that_saves_itself(
    context: BrowserContext, portal_url: str, review: Review
) -> None:
    page = context.new_page()
    page.goto(portal_url + review.get_absolute_url())
    assert [beside(page, width) for width in (1280, 1024, 768, 375)] == [True, True, False, False]
    looks_well(page, "review")
    expect(page.get_by_text("0 of 13 judged")).to_be_visible()

    page.keyboard.press("Alt+PageDown")
    page.keyboard.press("Alt+PageDown")  # from nowhere to the first, then the second
    page.keyboard.press("Alt+PageUp")
    first = page.get_by_role("region", name="A1 Criterion A1")
    expect(first.get_by_role("heading", name="A1 Criterion A1")).to_be_focused()
    first.get_by_role("radio", name="Not met").focus()
    page.keyboard.press("2")
    expect(first.get_by_role("radio", name="Met", exact=True)).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(first.get_by_role("radio", name="Strongly met")).to_be_checked()
    expect(page.get_by_text("1 of 13 judged")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("Nine in ten pupils in 2 of 3 classes.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link to the next criterion
    expect(page.get_by_role("heading", name="A2 Criterion A2")).to_be_focused()
    expect(saved_line(page)).to_contain_text("Saved at")
    keeps_here(page, 0)
    judgement = Judgement.objects.get(review=review, criterion__code="A1")
    assert (judgement.verdict, judgement.comment) == ("strongly_met", "Nine in ten pupils in 2 of 3 classes.")
    looks_well(page, "review-begun")

    page.get_by_role("button", name="Save and check your review").click()
    page.get_by_role("link", name="Judge D2 Criterion D2.").click()
    expect(page.get_by_role("heading", name="D2 Criterion D2")).to_be_focused()
    page.go_back()
    looks_well(page, "review-check")


def test_q03_nothing_typed_is_lost_offline_or_when_the_session_ends(
    context: BrowserContext, portal_url: str, review: Review
) -> None:
    page = context.new_page()
    page.goto(portal_url + review.get_absolute_url())
    context.set_offline(True)
    page.get_by_label("Comment on A3").fill("Typed in a train.")
    expect(saved_line(page)).to_contain_text("offline")
    keeps_here(page, 1)
    context.set_offline(False)
    expect(saved_line(page)).to_contain_text("Saved at")
    assert Judgement.objects.get(review=review, criterion__code="A3").comment == "Typed in a train."

    cookies = context.cookies()
    context.clear_cookies(name="sessionid")
    context.clear_cookies(name="__Host-sessionid")
    page.get_by_label("Comment on A4").fill("Typed after the session ended.")
    expect(saved_line(page)).to_contain_text("signed out")
    context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave itself
    page.reload()
    expect(page.get_by_label("Comment on A4")).to_have_value("Typed after the session ended.")
    expect(saved_line(page)).to_contain_text("Saved at")
    assert stands(review, "A4").comment == "Typed after the session ended."


def test_r03_two_windows_on_one_criterion(context: BrowserContext, portal_url: str, review: Review) -> None:
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        page.goto(portal_url + review.get_absolute_url())
    one.get_by_label("Comment on A1").fill("From the first window.")
    expect(saved_line(one)).to_contain_text("Saved at")
    other.get_by_label("Comment on A1").fill("From the second window.")
    expect(saved_line(other)).to_contain_text("in another window too")
    other.get_by_role("button", name="Save and check your review").click()
    expect(other.get_by_role("heading", name="Saved in another window")).to_be_visible()
    expect(other.get_by_text("From the first window.")).to_be_visible()
    expect(other.get_by_label("Comment on A1")).to_have_value("From the second window.")
    looks_well(other, "review-two-windows")
    assert Judgement.objects.get(review=review, criterion__code="A1").comment == "From the first window."


def test_it_works_without_scripts(browser: Browser, portal_url: str, review: Review) -> None:
    with browser.new_context(locale="en-GB", java_script_enabled=False) as context:
        let_in(context, portal_url, review.standing.user)
        page = context.new_page()
        page.goto(portal_url + review.get_absolute_url())
        expect(page.get_by_text("Working with the keyboard")).to_be_hidden()
        page.get_by_role("link", name="A2 not judged yet").click()
        page.get_by_role("region", name="A2 Criterion A2").get_by_role("radio", name="Not met").check()
        page.get_by_role("button", name="Save and check your review").click()
        page.get_by_role("link", name="Write a comment on A2").click()
        page.get_by_label("Comment on A2").fill("Some classes have no time for it.")
        page.get_by_role("button", name="Save and go on later").click()
        expect(page.get_by_text("Your review is saved. It isn't sent to HQ yet.")).to_be_visible()
        expect(page.get_by_role("link", name="A2 judged")).to_be_visible()
