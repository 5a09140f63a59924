"""HQ plans the reviews of a round, changes and confirms the plan; a reviewer answers; both sides declare."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from awards.domain import plans
from awards.models import AssignmentPlan, Interest, Review
from hubs.models import HubMembership
from psqm_portal.core import clock
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []

    def open_page(person: User, path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, locale="en-GB", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    with time_machine.travel(factories.NOW, tick=True):
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


def scheme() -> tuple[User, User, list[Submission]]:
    """HQ, a reviewer, and four schools of one hub, for which three leaders agreed to too few reviews."""
    cycle, in_hub = factories.round_(name="Autumn 2026", slug="autumn-2026"), factories.hub(name="Chilterns")
    factories.hub_member(in_hub, person=factories.user("Lena Leader"))
    people = [helpers.reviewer(name) for name in ("Ana Able", "Bo Best", "Cy Dean")]
    HubMembership.objects.filter(user__in=people).update(agreed_reviews=2)
    made = [helpers.submitted(cycle=cycle, in_hub=in_hub) for _ in range(4)]
    for row, name in zip(made, ("Ash", "Beech", "Elm", "Oak"), strict=True):
        row.school.name = f"{name} Primary School"
        row.school.save()
    factories.school(name="Willow Infant School", trust="Willow Learning Trust")
    return factories.hq(person=factories.user("Hana Quill")), people[0], made


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_q01_from_a_plan_to_the_answers(opens: Opens, portal_url: str, scripts: bool) -> None:
    hq, reviewer, _ = scheme()
    page = opens(hq, "/rounds/autumn-2026/reviews/", scripts=scripts)
    looks_right(page, "round-reviews")
    page.get_by_role("button", name="Plan who reviews what").click()
    looks_right(page, "plan-none")
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_role("heading", name="What stands in the way")).to_be_visible()
    expect(page.get_by_text("2 places missing")).to_be_visible()
    looks_right(page, "plan-short")
    page.get_by_role("link", name="Change how many reviews hub leaders do").click()
    page.get_by_label("Ana Able").fill("0")
    page.get_by_role("button", name="Save these numbers").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks_right(page, "agreed-wrong")
    for name in ("Ana Able", "Bo Best", "Cy Dean"):
        page.get_by_label(name).fill("3")
    page.get_by_role("button", name="Save these numbers").click()
    page.get_by_role("button", name="Plan again").click()
    expect(page.get_by_role("heading", name="What stands in the way")).to_have_count(0)
    looks_right(page, "plan")
    changed_by_hand(page)
    page.get_by_role("button", name="Go on to confirm").click()
    looks_right(page, "plan-confirm")
    page.get_by_role("button", name="Assign 8 reviews").click()
    expect(page.get_by_text("0 of 8 assigned")).to_be_visible()
    looks_right(page, "plan-assigning")
    plans.work(AssignmentPlan.objects.get().pk, clock=clock.now)
    page.reload()
    expect(page.get_by_text("8 reviews assigned on")).to_be_visible()
    looks_right(page, "plan-done")
    answered(opens(reviewer, "/reviews/", scripts=scripts), reviewer)
    page.goto(portal_url + "/rounds/autumn-2026/reviews/")
    expect(page.get_by_text("not answered yet")).to_be_visible()
    looks_right(page, "round-reviews-answers")
    page.get_by_role("button", name="Plan who reviews what").click()
    page.get_by_role("button", name="Plan again for what is open").click()
    expect(page.get_by_role("heading", name="Plan of reviews")).to_be_visible()
    looks_right(page, "plan-again")


def changed_by_hand(page: Page) -> None:
    page.get_by_role("link", name="By reviewer").click()
    looks_right(page, "plan-reviewers")
    page.get_by_role("link", name="By submission").click()
    page.get_by_role("link", name="Change the planned reviewers of Ash Primary School").click()
    looks_right(page, "plan-by-hand")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Save this choice").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Ana Able").check()
    page.get_by_label("Bo Best").check()
    page.get_by_role("button", name="Save this choice").click()
    expect(page.get_by_text("chosen by hand").first).to_be_visible()


def answered(mine: Page, reviewer: User) -> None:
    """One is declined, the others are accepted at once."""
    looks_right(mine, "my-reviews")
    mine.get_by_role("link", name="Decline").first.click()
    mine.get_by_label("Reason").fill("I taught there.")
    mine.get_by_role("button", name="Decline").click()
    expect(mine.get_by_text("You declined to review")).to_be_visible()
    left = Review.objects.filter(standing__user=reviewer, status="assigned").count()
    mine.get_by_role("button", name=re.compile("^Accept (it|all)")).click()
    expect(mine.get_by_text(f"You’ve accepted {left} review")).to_be_visible()
    looks_right(mine, "my-reviews-accepted")


def test_q01_declaring_and_lifting(opens: Opens, portal_url: str) -> None:
    hq, reviewer, made = scheme()
    page = opens(reviewer, "/reviews/")
    page.get_by_role("link", name="Schools and employers that you don’t review").click()
    looks_right(page, "interests-none")
    page.get_by_label("Name of the school, trust or local authority").fill("willow")
    page.get_by_role("button", name="Find it").click()
    looks_right(page, "interests-found")
    page.get_by_role("button", name="Declare this").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("radio", name="Willow Learning Trust").check()
    page.get_by_label("How you know them").fill("I advise them on science.")
    page.get_by_role("button", name="Declare this").click()
    expect(page.get_by_text("You won’t review Willow Learning Trust.")).to_be_visible()
    looks_right(page, "interests")
    head = made[0].school.memberships.get(role="headteacher").user
    school = opens(head, made[0].get_absolute_url())
    school.get_by_role("link", name="Name a hub leader who shouldn’t review your work").click()
    looks_right(school, "name-conflict")
    school.get_by_label("Hub leader").select_option(label="Bo Best")
    school.get_by_label("Why").fill("He is my brother.")
    school.get_by_role("button", name="Tell HQ").click()
    expect(school.get_by_text("Bo Best won’t review your work. HQ knows why.")).to_be_visible()
    looks_right(school, "name-conflict-done")
    office = opens(hq, "/rounds/autumn-2026/reviews/")
    office.get_by_role("link", name="Declared conflicts").click()
    looks_right(office, "declared")
    office.get_by_role("link", name="Lift for Bo Best").click()
    looks_right(office, "lift")
    office.get_by_label("Reason").fill("The school rang: another Bo.")
    office.get_by_role("button", name="Lift it").click()
    expect(office.get_by_text("may review Ash Primary School again.")).to_be_visible()
    assert Interest.objects.filter(lifted_at=None).count() == 1
