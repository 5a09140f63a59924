"""HQ looks at two reviews that differ, asks for a third, writes a note and goes on to the decision."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from awards.domain import assignment, reviewing
from awards.domain.words import Draft
from rounds.models import Criterion
from submissions.models import Submission
from tests import factories as make
from tests.awards import helpers
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)


def looks_well(page: Page, name: str) -> None:
    assert_accessible(page)
    for width in (1280, 768, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def made() -> Submission:
    """Twelve criteria; two reviewers who differ on one of them and on the recommendation."""
    cycle = make.round_(framework=make.framework(criteria=12), name="Autumn 2026")
    made = helpers.submitted(cycle=cycle)
    people = [helpers.reviewer("Holly Baker"), helpers.reviewer("Ines Carter")]
    helpers.reviewer("Third Reader")
    assignment.assign(made, people, by=make.hq(), now=make.NOW)
    criteria = Criterion.objects.filter(strand__framework=cycle.framework).order_by("pk")
    for review, said in zip(
        helpers.reviews_of(made), (("level", "strongly_met"), ("not_yet", "not_met")), strict=True
    ):
        judgements = dict.fromkeys([one.pk for one in criteria], ("met", "Shown in most classes this year."))
        judgements[criteria[0].pk] = (said[1], "The staff survey is quoted twice and shows a change.")
        draft = Draft(
            said[0], "A year of real work. Show more of Key Stage 1.", "Ring the hub leader?", judgements
        )
        reviewing.save_draft(review, draft, by=review.standing.user)
        reviewing.complete(review, by=review.standing.user, now=make.NOW)
    return made


def test_q01_from_the_queue_to_a_third_review(browser: Browser, portal_url: str, made: Submission) -> None:
    with browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}) as context:
        let_in(context, portal_url, make.hq(person=make.user("Hana Quill")))
        page = context.new_page()
        page.goto(f"{portal_url}/rounds/{made.round.slug}/decisions/")
        page.get_by_role("link", name="Moderation", exact=True).click()
        looks_well(page, "moderation-queue")
        page.get_by_role("link", name="Somebody says not yet").click()
        page.get_by_role("link", name=str(made.school)).click()
        page.get_by_role("button", name="I’m looking at it").click()
        expect(page.get_by_text("You’ve been looking at this since")).to_be_visible()
        page.get_by_label("Note", exact=True).fill("Rang the hub leader: Key Stage 1 is in the portfolio.")
        page.get_by_role("button", name="Add this note").click()
        expect(page.get_by_text("Your note is added.")).to_be_visible()
        page.get_by_role("link", name="A1", exact=True).click()
        first = page.get_by_role("region", name="A1 Criterion 1")
        expect(first.get_by_text("Two steps apart")).to_be_visible()
        first.get_by_text("The school’s reflection and evidence").click()
        expect(first.get_by_text("It shows how pupils choose questions.")).to_be_visible()
        looks_well(page, "moderate")
        page.get_by_label("Third Reader").check()
        page.get_by_role("button", name="Ask for this review").click()
        expect(page.get_by_role("heading", name="Asked, not in yet")).to_be_visible()
        page.goto(f"{portal_url}/rounds/{made.round.slug}/agreement/")
        expect(page.get_by_text("11 of 12 pairs of judgements are the same")).to_be_visible()
        looks_well(page, "agreement")
