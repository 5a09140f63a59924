"""HQ keeps a round's year: charts, all dates of an audience after a look, closing, the season's calendar.

Each page is looked at by axe and fits a phone (Q01, Q04); the way through works without scripts.
"""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from rounds.domain.make import make_round
from rounds.models import Round, RoundTemplate
from submissions.models import Extension
from tests import factories as make
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 800}


@pytest.fixture
def autumn(portal_url: str) -> Round:
    """A round in its sixth month, wherever the real clock stands: two hubs, five schools, one extended."""
    today = timezone.localdate()
    template = RoundTemplate.objects.get(season="autumn", kind="standard")
    shift = today - date(2026, 11, 20)
    made = make_round(template, 2026, by=None, now=make.NOW, shift=timedelta(days=shift.days))
    Round.objects.update(status="open")
    made.refresh_from_db()
    chilterns, fens = make.hub(name="Chilterns"), make.hub(name="Fens")
    for hub, name in ((chilterns, "Oak Primary"), (chilterns, "Ash Infants"), (fens, "Elm Juniors")):
        make.member(make.submission(cycle=made, in_hub=hub, place=make.school(name=name)).school)
    for hub in (chilterns, fens):
        make.hub_member(hub)
    plan = made.milestones.get(step="action_plan", audience="school")
    Extension.objects.create(
        submission=made.submissions.get(school__name="Elm Juniors"),
        step="action_plan",
        until=plan.due_on + timedelta(days=40),
        reason="Flood",
        granted_at=make.NOW,
    )
    make.registration(make.school(name="Birch Primary"), fens, made)
    return made


@pytest.fixture
def hq(browser: Browser, portal_url: str) -> Iterator[Page]:
    """HQ's page without scripts: everything here works that way."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB", viewport=WIDE)  # type: ignore[arg-type]
    let_in(context, portal_url, make.hq())
    yield context.new_page()
    context.close()


def _look(page: Page, name: str) -> None:
    """Axe, and no scrolling sideways, at both widths. SHOTS names a folder for pictures."""
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png", full_page=True)
    assert_accessible(page)


@pytest.mark.slow
def test_q01_hq_moves_a_rounds_dates_after_a_look(hq: Page, portal_url: str, autumn: Round) -> None:
    hq.goto(f"{portal_url}/rounds/{autumn.slug}/")
    _look(hq, "round")
    plan = autumn.milestones.get(step="action_plan", audience="school")
    hq.get_by_role("link", name="Change all dates").first.click()
    _look(hq, "dates")
    due = hq.get_by_label(f"{plan.label} is due")
    due.fill((plan.due_on + timedelta(days=300)).isoformat())
    hq.get_by_role("button", name="See what this changes").click()
    expect(hq.locator(".govuk-error-summary")).to_contain_text("has to be due before")
    _look(hq, "dates-wrong")
    due.fill((plan.due_on + timedelta(days=7)).isoformat())
    hq.get_by_role("button", name="See what this changes").click()
    expect(hq.locator("main")).to_contain_text("Nothing is saved yet")
    expect(hq.locator("main")).to_contain_text("Elm Juniors (")
    _look(hq, "dates-check")
    hq.get_by_role("button", name="Go back and change them").click()
    expect(due).to_have_value((plan.due_on + timedelta(days=7)).isoformat())
    hq.get_by_role("button", name="See what this changes").click()
    hq.get_by_role("button", name="Save these dates").click()
    expect(hq.locator("main")).to_contain_text("The new dates of 1 step are saved")
    before = plan.due_on
    plan.refresh_from_db()
    assert plan.due_on == before + timedelta(days=7)


@pytest.mark.slow
def test_q01_closing_says_what_it_means_and_copying_shows_the_dates(
    hq: Page, portal_url: str, autumn: Round
) -> None:
    hq.goto(f"{portal_url}/rounds/{autumn.slug}/close/")
    expect(hq.locator("main")).to_contain_text("1 registration waits for an answer: Birch Primary")
    expect(hq.locator("main")).to_contain_text("3 schools are still working")
    _look(hq, "close")
    hq.get_by_role("button", name="Close this round").click()
    expect(hq.locator("main")).to_contain_text("is closed")
    expect(hq.locator("main")).to_contain_text("Archive this round: 1 registration waits for an answer")
    _look(hq, "closed")
    hq.get_by_role("button", name="Copy to next year").click()
    _look(hq, "copy")
    hq.get_by_role("button", name="Make Autumn 2027").click()
    expect(hq.locator("h1")).to_have_text("Autumn 2027")
    hq.goto(f"{portal_url}/rounds/autumn-2027/open/")
    _look(hq, "open")


@pytest.mark.slow
def test_q01_the_calendar_of_a_season(hq: Page, portal_url: str, autumn: Round) -> None:
    template = RoundTemplate.objects.get(season="autumn", kind="standard")
    hq.goto(f"{portal_url}/rounds/templates/")
    _look(hq, "templates")
    hq.get_by_role("link", name="Autumn", exact=True).click()
    _look(hq, "template")
    hq.get_by_role("button", name="Add a step").click()
    hq.get_by_label("Step", exact=True).select_option(
        label="Audit against the criteria and decide on a level (Hub leaders)"
    )
    hq.get_by_label("What it is called").fill("Help with the audits")
    hq.get_by_label("First month").select_option("October")
    hq.get_by_label("Last month").select_option("October")
    _look(hq, "template-step")
    hq.get_by_role("button", name="Save this step").click()
    expect(hq.locator("main")).to_contain_text("The step is in the calendar")
    assert template.milestones.get(step="audit", audience="hub_leader").last_month == 10
    hq.goto(f"{portal_url}/rounds/")
    _look(hq, "rounds")
    hq.goto(f"{portal_url}/rounds/new/")
    _look(hq, "new")
