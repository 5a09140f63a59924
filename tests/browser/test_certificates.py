"""A round's certificates as HQ sees them grow, and a hub leader's own."""

import os
import zipfile
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from awards.domain import certificates
from awards.models import Award, Certificate
from tests import factories as make
from tests.awards.test_certificates_batch import NOW, awards
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

    def open_page(person, path: str) -> Page:
        context = browser.new_context(locale="en-GB", viewport=WIDE, accept_downloads=True)
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
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{size['width']}.png", full_page=True)
    assert_accessible(page)


def test_hq_sees_them_grow_and_takes_them_all(opens, tmp_path):
    made = awards(4, "St Mary’s Church of England Primary School {}")
    Award.objects.filter(pk=made[3].pk).update(school_name="学校")
    slug = made[0].submission.round.slug
    page = opens(make.hq(), f"/rounds/{slug}/release/")
    page.get_by_role("link", name="Certificates", exact=True).click()
    expect(page.get_by_text("0 of 4 made, 0%")).to_be_visible()
    fits(page, "certificates-waiting")
    assert certificates.make_waiting(clock=lambda: NOW) == 4
    # It comes by itself.
    expect(page.get_by_text("3 of 4 made, 75%")).to_be_visible()
    page.get_by_role("link", name="See which and why").click()
    expect(page.get_by_text("We have no type for “学校”.")).to_be_visible()
    fits(page, "certificates")
    with page.expect_download() as download:
        page.get_by_role("link", name="All certificates (ZIP)").click()
    download.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert len(archive.namelist()) == 4
        assert "学校" in archive.read("Not in this ZIP.txt").decode()
    page.get_by_role("link", name="Make it again for 学校").click()
    page.get_by_label("School's name on the certificate").fill("School in Leeds")
    page.get_by_label("Reason").fill("The name in Latin letters")
    page.get_by_role("button", name="Make the certificate again").click()
    expect(page.get_by_text("is being made again")).to_be_visible()
    assert certificates.make_waiting(clock=lambda: NOW) == 1
    assert not Certificate.objects.filter(file=None).exists()


def test_a_hub_leader_has_a_certificate_of_a_round_that_is_over(opens):
    hub, cycle = make.hub(name="Chilterns"), make.round_(status="archived")
    leader = make.hub_member(hub)
    make.hub_round(hub, cycle)
    page = opens(leader, f"/hubs/{hub.slug}/{cycle.slug}/")
    expect(page.get_by_role("heading", name="Your certificate")).to_be_visible()
    fits(page, "hub-leader")
    with page.expect_download() as download:
        page.get_by_role("link", name="certificate of a hub leader").click()
    assert download.value.suggested_filename == f"Certificate hub leader {cycle} {leader}.pdf"
