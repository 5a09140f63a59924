"""HQ imports the national register for the first time: upload, report, look at rows, write."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.register import write_file, write_links
from psqm_portal.core import clock
from schools.domain.register_job import work
from schools.models import RegisterImport, School
from tests import factories as make
from tests.browser.desk import let_in
from tests.schools.registering import imports, line
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 375, "height": 800}
DESK = {"width": 1280, "height": 900}
expect.set_options(timeout=15_000)


def looks_right(page: Page, shots: Path, name: str) -> None:
    assert_accessible(page)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
        page.screenshot(path=shots / f"{name}-{size['width']}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], (name, width)


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_register_is_imported(browser: Browser, portal_url: str, tmp_path: Path, scripts: bool) -> None:
    hq = make.hq()
    make.member(make.school(urn="100001", name="Old Lane School"))
    imports(hq, [line(100201), line(100400, "Gone away")])
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB", viewport=DESK)  # type: ignore[arg-type]
    let_in(context, portal_url, hq)
    page = context.new_page()
    page.goto(f"{portal_url}/schools/")
    page.get_by_role("link", name="Import the national register").click()
    file, links = tmp_path / "edubasealldata.csv", tmp_path / "links.csv"
    write_file(file, 300, month=1)
    write_links(links, 300)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks_right(page, tmp_path, "upload")
    page.get_by_label("Register’s file").set_input_files(file)
    page.get_by_label("Links file").set_input_files(links)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    register = RegisterImport.objects.get(status="waiting")
    work(register.pk, clock=clock.now)
    if scripts:
        expect(page.get_by_text("Nothing is written yet.")).to_be_visible(timeout=15_000)
    else:
        page.get_by_role("link", name="See how far it is").click()
    looks_right(page, tmp_path, "report")
    for kind, words in {
        "changed": "Changed schools",
        "closed since": "Takes part",
        "of ours not in the file": "Gone away",
        "broken rows": "cells, not 135",
        "left out": "we don’t take these",
        "new schools": "New schools",
    }.items():
        page.get_by_role("link", name=kind, exact=True).click()
        expect(page.locator("main")).to_contain_text(words)
        if kind in {"closed since", "left out"}:
            looks_right(page, tmp_path, kind.split(" ", maxsplit=1)[0])
        page.get_by_role("link", name="Back to the report").click()
    page.get_by_role("button", name="Write these changes").click()
    expect(page.get_by_text("Old Lane School")).to_be_visible()
    looks_right(page, tmp_path, "confirm")
    page.get_by_role("button", name="Write these changes").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work(register.pk, clock=clock.now)
    page.reload()
    expect(page.get_by_text("The changes are written")).to_be_visible()
    register.refresh_from_db()
    assert School.objects.count() == register.counts["written"]["new"] + 3
    page.goto(f"{portal_url}/schools/register/rules/")
    page.get_by_role("button", name="Add a rule").click()
    looks_right(page, tmp_path, "rule")
    context.close()
