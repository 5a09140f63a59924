"""HQ brings past awards in: upload, columns, levels, a school chosen, written, seen, undone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from awards.domain.past_job import work
from awards.models import Award, PastImport
from psqm_portal.core import clock
from rounds.models import Framework
from schools.models import School
from tests import factories as make
from tests.awards.pasting import HEADER, as_book, line
from tests.browser.desk import let_in
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


def worked() -> None:
    assert work(PastImport.objects.get().pk, clock=clock.now)


def the_file(folder: Path) -> Path:
    rows = [
        line(Round="Spring 2024", Hub="Northern hub", Certificate_number="PS-17"),
        line(Award_level="Aurum", Date_of_award="1/5/2018", Town="Ashbrook"),
        line(School="Trinity Primary Academy of Elmbury", Postcode="ZZ9 9ZZ", Award_level="Silver"),
        line(School="Trinity Primary Academy of Elmbury", Postcode="ZZ9 9ZZ", Award_level="Bronze"),
        line(Date_of_award="soon"),
    ]
    file = folder / "PSQM awards.xlsx"
    file.write_bytes(as_book({"Awards": [["All our awards"], HEADER, *rows], "Notes": [["x"]]}).read())
    return file


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_past_awards_are_brought_in(browser: Browser, portal_url: str, tmp_path: Path, scripts: bool) -> None:
    framework = make.framework()
    ashbrook = make.school(name="Ashbrook Primary School", postcode="AB1 2CD", town="Ashbrook")
    make.school(name="Holy Trinity School, Elmbury", postcode="EL1 1AA", town="Elmbury")
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB", viewport=DESK)  # type: ignore[arg-type]
    let_in(context, portal_url, make.hq())
    page = context.new_page()
    page.goto(f"{portal_url}/schools/")
    _uploads(page, tmp_path)
    worked()
    if scripts:
        expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
    else:
        page.get_by_role("link", name="See how far it is").click()
    looks_right(page, tmp_path, "report")
    _settles(page, tmp_path, framework, scripts=scripts)
    page.get_by_role("button", name="Write 4 awards").click()
    looks_right(page, tmp_path, "confirm")
    page.get_by_role("button", name="Write 4 awards").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    worked()
    page.reload()
    expect(page.get_by_text("4 awards of this file are in the portal.")).to_be_visible()
    _sees_them(page, portal_url, ashbrook, tmp_path)
    _undoes(page, portal_url, tmp_path)
    assert not Award.objects.exists()
    context.close()


def _uploads(page: Page, shots: Path) -> None:
    page.get_by_role("link", name="Bring in past awards").click()
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks_right(page, shots, "upload")
    page.get_by_label("Spreadsheet").set_input_files(the_file(shots))
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_label("School name")).to_have_value("0")
    looks_right(page, shots, "columns")
    page.get_by_role("button", name="Save and read the file").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()


def _settles(page: Page, shots: Path, framework: Framework, *, scripts: bool) -> None:
    """A word for a level, a row that can't be used, a school of two rows."""
    page.get_by_role("link", name="What the words for levels mean").click()
    looks_right(page, shots, "words")
    page.get_by_label("“Aurum”").select_option(label=f"Gold ({framework})")
    page.get_by_role("button", name="Save what the words mean").click()
    page.get_by_role("link", name="broken rows").click()
    expect(page.get_by_text("“soon” is no date that we understand")).to_be_visible()
    page.get_by_role("link", name="Back to the report").click()
    page.get_by_role("link", name="whose school isn’t found").click()
    looks_right(page, shots, "missing")
    page.get_by_role("link", name="Trinity Primary Academy of Elmbury").first.click()
    page.get_by_label("Name, town, postcode or URN").fill("Holy Trinity")
    if not scripts:
        page.get_by_role("button", name="Find").click()
    page.get_by_label("Holy Trinity School, Elmbury").check()
    looks_right(page, shots, "row")
    page.get_by_role("button", name="This is the school").click()
    expect(page.get_by_text("So is another one with the same school.")).to_be_visible()


def _sees_them(page: Page, url: str, school: School, shots: Path) -> None:
    page.get_by_role("link", name="written", exact=True).click()
    looks_right(page, shots, "written")
    page.goto(f"{url}/schools/{school.pk}/")
    expect(page.get_by_text("Northern hub")).to_be_visible()
    looks_right(page, shots, "school")
    page.get_by_role("link", name="PS-17").click()
    expect(page.get_by_text("This award is valid.")).to_be_visible()


def _undoes(page: Page, url: str, shots: Path) -> None:
    page.goto(f"{url}/schools/past-awards/")
    page.get_by_role("link", name="PSQM awards.xlsx").click()
    page.get_by_role("button", name="Undo this import").click()
    looks_right(page, shots, "undo")
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    worked()
    page.reload()
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
