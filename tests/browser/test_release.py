"""Outcomes as people live them: HQ decides on several, reads the letters, releases them; a school appeals and
reads the answer. With scripts the progress comes by itself; without, by loading the page again.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from awards.domain import release_job, releasing
from awards.models import Appeal, Release
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from submissions.queries import school_people
from tests import factories as make
from tests.awards import helpers
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 800}

Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts = []

    def open_page(person, path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(locale="en-GB", viewport=WIDE, java_script_enabled=scripts)
        contexts.append(context)
        let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def fits(page: Page, name: str) -> None:
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png", full_page=True)
    assert_accessible(page)


def asks_for_the_release(page: Page) -> Release:
    page.get_by_label("In five minutes").check()
    page.get_by_label("Why before the notification day").fill("The ceremony is earlier this year.")
    page.get_by_role("button", name="Tell 2 outcomes").click()
    expect(page.locator("main")).to_contain_text("2 outcomes are told from")
    return Release.objects.get()


def decided(opens: Opens, hq, cycle, *, scripts: bool) -> Page:
    page = opens(hq, f"/rounds/{cycle.slug}/decisions/", scripts=scripts)
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="See what the chosen schools will read").click()
    for letter in page.locator("details summary").all():
        if scripts and letter.is_visible():
            letter.click()
    fits(page, f"several-{scripts}")
    page.get_by_label("Moderation note").fill("Both reviewers name the same gaps.")
    page.get_by_role("button", name="Record 2 decisions").click()
    expect(page.locator("main")).to_contain_text("2 decided")
    return page


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_hq_decides_reads_the_letters_and_releases(opens: Opens, scripts: bool) -> None:
    hq, cycle = make.hq(), make.round_()
    awarded = helpers.reviewed(hq, cycle=cycle)
    helpers.reviewed(hq, ("not_yet", "not_yet"), cycle=cycle)
    page = decided(opens, hq, cycle, scripts=scripts)
    page.get_by_role("button", name="Go to the release of 2 outcomes").click()
    fits(page, f"release-{scripts}")
    page.get_by_role("link", name="Read every letter").click()
    expect(page.locator("main")).to_contain_text("Congratulations: your school has been awarded")
    fits(page, f"letters-{scripts}")
    page.get_by_label("Outcome").select_option(label="Not yet")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).not_to_contain_text(str(awarded.school))
    page.get_by_role("link", name=f"Release of {cycle}").click()
    release = asks_for_the_release(page)
    fits(page, f"waiting-{scripts}")
    later = clock.now() + releasing.GRACE + timedelta(seconds=1)
    job = releasing.take_up(release.pk, later)
    assert job is not None
    page.reload()
    expect(page.locator("main")).to_contain_text("0 of 2 told")
    fits(page, f"telling-{scripts}")
    for item_id in release_job._open(job):
        release_job._tell(job, item_id, lambda: later)
    release_job._end(job, Release.Status.DONE, later)
    if not scripts:
        page.get_by_role("link", name="See how far it is").click()
    expect(page.locator("main")).to_contain_text("2 schools know their outcomes")
    fits(page, f"told-{scripts}")


def test_a_school_appeals_and_reads_the_answer(opens: Opens) -> None:
    hq, other, moment = make.hq(), make.hq(), clock.now()
    made = helpers.decided(hq, level=None)
    release = releasing.ask(made.round, by=hq, now=moment - releasing.GRACE, reason="Early.")
    release_job.work(release.pk, clock=lambda: moment)
    page = opens(school_people(made, Role.HEADTEACHER)[0], f"/submissions/{made.pk}/award/")
    fits(page, "not-yet")
    page.get_by_role("link", name="Appeal against the outcome").click()
    fits(page, "appeal-new")
    page.get_by_role("button", name="Send the appeal to HQ").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Enter your reasons")
    page.get_by_label("Your reasons").fill("Criterion b2: the photos of the enquiry week were overlooked.")
    page.get_by_role("button", name="Send the appeal to HQ").click()
    expect(page.locator("h1")).to_have_text("Your appeal is with HQ")
    fits(page, "appeal-open")
    staff = opens(other, "/")
    staff.get_by_role("link", name=f"{made.school} appeals").click()
    expect(staff.locator("main")).to_contain_text("the photos of the enquiry week")
    fits(staff, "appeal-hq")
    staff.get_by_role("link", name="Ask for a fresh review").click()
    fits(staff, "appeal-review")
    staff.goto(staff.url.removesuffix("review/"))
    staff.get_by_role("button", name="Turn it down").click()
    fits(staff, "appeal-turn-down")
    staff.get_by_label("Answer for the school").fill("We read b2 again, photos included. It stands.")
    staff.get_by_role("button", name="Turn it down").click()
    expect(staff.locator("main")).to_contain_text("is told that the outcome stands")
    staff.get_by_role("link", name=f"Appeals of {made.round}").click()
    fits(staff, "appeals")
    page.reload()
    expect(page.locator("h1")).to_have_text("The answer to your appeal")
    expect(page.locator("main")).to_contain_text("photos included. It stands.")
    fits(page, "appeal-answer")
    assert Appeal.objects.get().status == "turned_down"
