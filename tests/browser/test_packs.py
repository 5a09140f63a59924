"""In Chromium: a subject leader asks for the whole submission, sees it being made and takes it along."""

import os
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from awards.models import Review
from submissions.domain.evidence import withdraw_consent
from submissions.models import Pack, Submission
from tests import factories as make
from tests.browser.desk import let_in
from tests.submissions.packing import photo
from tests.support.axe import assert_accessible
from tests.support.worker import real_worker
from tests.support.world import build

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_MS = 60_000


def signed_in(browser: Browser, url: str, person: User, *, scripts: bool) -> BrowserContext:
    context = browser.new_context(java_script_enabled=scripts, accept_downloads=True, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    let_in(context, url, person)
    return context


def looks_well(page: Page, name: str) -> None:
    """Q01; no sideways scrolling on a phone; a picture where somebody wants to look."""
    assert_accessible(page)
    for label, width in (("phone", 375), ("wide", 1280)):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.locator("html").evaluate("html => html.scrollWidth > html.clientWidth"), label
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}-{label}.png", full_page=True)


def written() -> tuple[Submission, User]:
    submission = make.submission(place=make.school(name="Oak Primary"))
    make.rate_audit(submission)
    for part in submission.parts.all():
        make.fill_part(part)
    for number in range(3):
        photo(submission, submission.parts.get(code="a1"), title=f"Sorting seeds {number}",
              children="consent", consent_until="2999-01-01")  # fmt: skip
    return submission, make.member(submission.school)


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_q04_read_ask_watch_and_download(
    browser: Browser, portal_url: str, tmp_path: Path, scripts: bool
) -> None:
    submission, leader = written()
    with signed_in(browser, portal_url, leader, scripts=scripts) as context:
        page = context.new_page()
        page.goto(f"{portal_url}/submissions/{submission.pk}/")
        page.get_by_role("link", name="The whole submission on one page").click()
        expect(page.get_by_role("heading", name="Oak Primary: the whole submission")).to_be_visible()
        looks_well(page, "read")
        page.get_by_role("button", name="Download everything").click()
        looks_well(page, "download")
        page.get_by_role("button", name="Make the PDF").click()
        expect(page.get_by_text("Waiting for its turn")).to_be_visible()
        looks_well(page, "download-waiting")
        page.get_by_role("button", name="Make the ZIP").click()
        expect(page.get_by_text("Waiting for its turn")).to_have_count(2)
        page.goto(f"{portal_url}/submissions/{submission.pk}/")  # it may be left
        page.get_by_role("link", name="Download everything").click()
        with real_worker():
            for kind in ("pdf", "zip"):
                _becomes_ready(page, kind, scripts)
        looks_well(page, "download-ready")
        paths = {kind: _download(page, kind, tmp_path) for kind in ("pdf", "zip")}
        with ZipFile(paths["zip"]) as archive:
            assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 3
        document = pypdfium2.PdfDocument(paths["pdf"])
        assert "Oak Primary" in document[0].get_textpage().get_text_range()
        document.close()
        _the_families_change_their_minds(page, submission, leader)


def _becomes_ready(page: Page, kind: str, scripts: bool) -> None:
    """With scripts by itself; without by the link that looks again."""
    box = page.locator(f"#pack-{kind}")
    if not scripts:
        for _ in range(120):
            if box.get_by_role("button", name="Make it again").count():
                break
            page.wait_for_timeout(500)
            if box.get_by_role("link", name="See how far it is").count():
                box.get_by_role("link", name="See how far it is").click()
    expect(box.get_by_role("button", name="Make it again")).to_be_visible(timeout=PATIENCE_MS)
    expect(box.get_by_text("Only you can open it.")).to_be_visible()


def _download(page: Page, kind: str, folder: Path) -> Path:
    """Fetched with the page's own session, over the files' own origin."""
    link = page.locator(f"#pack-{kind} a.govuk-link").first.get_attribute("href")
    answer = page.request.get(f"{page.url.split('/submissions')[0]}{link}")
    assert answer.ok
    assert answer.headers["content-type"] == {"pdf": "application/pdf", "zip": "application/zip"}[kind]
    assert answer.url.startswith("http://127.0.0.1:")
    path = folder / f"whole.{kind}"
    path.write_bytes(answer.body())
    return path


def _the_families_change_their_minds(page: Page, submission: Submission, leader: User) -> None:
    """S35: the next request already finds both closed."""
    link = page.locator("#pack-zip a.govuk-link").first.get_attribute("href")
    piece = submission.evidence.filter(kind="file").first()
    assert piece is not None
    withdraw_consent(piece, by=leader, now=make.NOW)
    assert page.request.get(f"{page.url.split('/submissions')[0]}{link}").status == 404
    page.reload()
    expect(page.get_by_text("Made before a photo was withdrawn. Make it again.")).to_have_count(2)
    looks_well(page, "download-closed")


def test_a_failed_pack_is_said_and_asked_for_again(browser: Browser, portal_url: str) -> None:
    submission, leader = written()
    Pack.objects.create(
        submission=submission, kind="pdf", is_frozen=False, asked_by=leader, status="failed", tries=3,
        asked_at=make.NOW, touched_at=make.NOW,
    )  # fmt: skip
    with signed_in(browser, portal_url, leader, scripts=True) as context:
        page = context.new_page()
        page.goto(f"{portal_url}/submissions/{submission.pk}/download/")
        expect(page.get_by_text("We tried 3 times and couldn’t make it.")).to_be_visible()
        looks_well(page, "download-failed")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("Waiting for its turn")).to_be_visible()


@pytest.mark.slow
def test_a_reviewer_reads_offline(browser: Browser, portal_url: str) -> None:
    world = build()
    review = Review.objects.get(pk=world.review.pk)
    reviewer = world.people["reviewer"]
    assert reviewer is not None
    with signed_in(browser, portal_url, reviewer, scripts=True) as context:
        page = context.new_page()
        page.goto(f"{portal_url}/reviews/{review.pk}/")
        page.get_by_role("link", name="Read the whole submission on one page").click()
        looks_well(page, "review-read")
        page.goto(f"{portal_url}/reviews/{review.pk}/")
        page.get_by_role("link", name="Download to read offline").click()
        looks_well(page, "review-download")
        page.get_by_role("button", name="Make the ZIP").click()
        with real_worker():
            _becomes_ready(page, "zip", scripts=True)


def test_all_the_questions_are_there_from_the_first_day(browser: Browser, portal_url: str) -> None:
    submission, leader = written()
    with signed_in(browser, portal_url, leader, scripts=True) as context:
        page = context.new_page()
        page.goto(f"{portal_url}/submissions/{submission.pk}/")
        page.get_by_role("link", name="All the questions, to read or print").click()
        looks_well(page, "questions")
        link = page.get_by_role("button", name="Print it: PDF with room to write").get_attribute("href")
        answer = page.request.get(f"{portal_url}{link}")
        assert answer.headers["content-type"] == "application/pdf"
