"""Many files at once in Chromium: progress, a cut line, a closed page, one bad among good, no scripts."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Request, expect

from psqm_portal.core.models import StoredFile, Upload
from submissions.models import Evidence, Incoming
from tests import factories as make
from tests.psqm_portal.core import hostile
from tests.support.axe import assert_accessible
from tests.support.worker import real_worker, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
MB = 1024 * 1024
PATIENCE = 30_000


class Desk:
    """A subject leader at the page that adds files."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.submission = make.submission()
        self.leader = make.member(self.submission.school)

    def sits_at(self, context: BrowserContext, path: str = "evidence/new/") -> Page:
        client = Client()
        client.force_login(self.leader)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{self.url}/submissions/{self.submission.pk}/{path}")
        return page

    def photo(self, name: str, colour: str = "green") -> Path:
        return self._file(name, hostile.image("JPEG", size=(600, 400), colour=colour))

    def film(self, megabytes: int) -> Path:
        return self._file("film.mp4", hostile.film() + hostile.box(b"free", bytes(megabytes * MB)))

    def _file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@pytest.fixture
def desk(portal_url: str, tmp_path: Path) -> Desk:
    return Desk(portal_url, tmp_path)


@pytest.fixture
def worker() -> Iterator[Any]:
    with real_worker() as running:
        yield running


def look_at(page: Page, name: str) -> None:
    assert_accessible(page)
    if folder := os.environ.get("SCREENSHOTS"):
        for label, width in {"wide": 1280, "phone": 375}.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"uploads-{name}-{label}.png", full_page=True)
            assert not page.locator("html").evaluate("html => html.scrollWidth > html.clientWidth")
        page.set_viewport_size({"width": 1280, "height": 900})


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Choose files").set_input_files(list(files))


class Line:
    """The page's line to the school's router: its upload speed, and whether it is there at all."""

    def __init__(self, page: Page, speed: int) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.is_at(speed)

    def is_at(self, speed: int, *, cut: bool = False) -> None:
        self.session.send(
            "Network.emulateNetworkConditions",
            {"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed},
        )


def _offset_of(request: Request) -> list[int]:
    return [int(said)] if (said := request.headers.get("upload-offset")) else []


def percent(page: Page) -> float:
    bar = page.locator("[data-upload] progress")
    return float(bar.first.evaluate("bar => bar.value")) if bar.count() else 0.0


def test_many_files_and_one_bad_one_among_them(desk: Desk, context: BrowserContext, worker: Any) -> None:
    page = desk.sits_at(context)
    look_at(page, "empty")
    bad = desk.folder / "volcano.exe"
    bad.write_bytes(b"MZ" + bytes(500))
    photos = [desk.photo("wall.jpg"), desk.photo("seeds.jpg", "red"), desk.photo("emily_watson.jpg", "blue")]
    choose(page, photos[0], bad, *photos[1:])
    expect(page.get_by_text("Ready", exact=True)).to_have_count(3, timeout=PATIENCE)
    expect(
        page.locator("li").get_by_text("The file volcano.exe can't be used. Upload a photo, PDF")
    ).to_be_visible()
    button = page.get_by_role("button", name="Add 3 files to your evidence")
    expect(button).to_be_visible()
    look_at(page, "ready")
    button.click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert page.locator("[data-upload]").count() == 4
    expect(page.get_by_text("“emily watson” looks like a child’s full name").first).to_be_visible()
    look_at(page, "asked")
    page.get_by_label("No", exact=True).last.check()
    page.get_by_label("This is not a child’s name").check()
    page.get_by_role("button", name="Add 3 files to your evidence").click()
    expect(page.get_by_text("3 files are added to your evidence.")).to_be_visible()
    assert set(Evidence.objects.values_list("title", flat=True)) == {"wall", "seeds", "emily_watson"}
    expect(page.locator("li").get_by_text("The file volcano.exe can't be used")).to_be_visible()
    wait_for(lambda: StoredFile.objects.filter(preview="made").count() == 3, log=worker.log)
    page.reload()
    picture = page.locator("main img").first
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") == 480)
    look_at(page, "added")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("li").get_by_text("volcano.exe")).to_have_count(0)


def test_r06_a_cut_line_goes_on_where_it_stopped(desk: Desk, context: BrowserContext, worker: Any) -> None:
    page = desk.sits_at(context)
    line = Line(page, 3 * MB)
    choose(page, film := desk.film(12))
    wait_for(lambda: percent(page) >= 30)
    line.is_at(3 * MB, cut=True)
    expect(page.get_by_text("The line is cut. This goes on by itself when it’s back.").first).to_be_visible()
    look_at(page, "cut")
    arrived = Upload.objects.get().received
    assert 2 * MB <= arrived < film.stat().st_size
    offsets: list[int] = []
    page.on("request", lambda one: offsets.extend(_offset_of(one)))
    line.is_at(-1)
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=PATIENCE)
    assert min(offsets) >= arrived
    assert Upload.objects.get().stored.size == film.stat().st_size


@pytest.mark.slow
def test_r06_a_closed_page_goes_on_when_the_file_is_chosen_again(
    desk, context: BrowserContext, worker
) -> None:
    page = desk.sits_at(context)
    line = Line(page, 3 * MB)
    choose(page, film := desk.film(12))
    wait_for(lambda: percent(page) >= 30)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("% has arrived. Choose film.mp4 again to go on.")).to_be_visible()
    look_at(page, "again")
    arrived = Upload.objects.get().received
    assert arrived >= 2 * MB
    offsets: list[int] = []
    page.on("request", lambda one: offsets.extend(_offset_of(one)))
    line.is_at(-1)
    choose(page, film)
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=PATIENCE)
    assert min(offsets) >= arrived
    assert Upload.objects.get().stored.size == film.stat().st_size


def test_words_may_be_sent_while_files_are_coming(desk: Desk, context: BrowserContext, worker: Any) -> None:
    page = desk.sits_at(context)
    line = Line(page, 2 * MB)
    choose(page, desk.film(8), desk.photo("wall.jpg"))
    button = page.get_by_role("button", name="Add 2 files to your evidence")
    button.click()
    expect(page.get_by_text("Say whether children can be recognised").first).to_be_visible()
    assert percent(page) < 100
    page.get_by_label("No", exact=True).last.check()
    page.get_by_role("button", name="Add 2 files to your evidence").click()
    expect(page.get_by_text("Your words are kept.")).to_be_visible()
    assert Incoming.objects.filter(said_at=None).count() == 0
    assert percent(page) < 100
    look_at(page, "going")
    line.is_at(-1)
    page.wait_for_url(f"**/submissions/{desk.submission.pk}/evidence/", timeout=PATIENCE)
    wait_for(lambda: Evidence.objects.count() == 2, log=worker.log)
    expect(page.locator("#on-the-way").get_by_text("film")).to_have_count(0)


@pytest.mark.slow
def test_a_file_may_be_taken_away_while_it_comes(desk: Desk, context: BrowserContext) -> None:
    page = desk.sits_at(context)
    Line(page, MB)
    choose(page, desk.film(8))
    wait_for(lambda: percent(page) >= 10)
    page.get_by_role("button", name="Cancel film.mp4").click()
    expect(page.locator("[data-upload]")).to_have_count(0)
    wait_for(lambda: not Upload.objects.exists())


@pytest.mark.slow
def test_too_big_is_said_at_once(desk: Desk, context: BrowserContext) -> None:
    desk.submission.round.evidence_megabytes = 1
    desk.submission.round.save()
    page = desk.sits_at(context)
    choose(page, desk.film(2), desk.photo("wall.jpg"))
    expect(page.locator("li").get_by_text("The file film.mp4 has no room")).to_be_visible()
    expect(page.get_by_role("button", name="Add 1 file to your evidence")).to_be_visible()


def test_q04_without_scripts_everything_goes_with_the_form(desk: Desk, browser: Any, worker: Any) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = desk.sits_at(context)
        choose(page, desk.photo("wall.jpg"), desk.photo("seeds.jpg", "red"))
        page.get_by_role("button", name="Add to your evidence").click()
        expect(page.get_by_text("There is a problem")).to_be_visible()
        look_at(page, "no-scripts")
        page.get_by_label("No", exact=True).last.check()
        page.get_by_role("button", name="Add 2 files to your evidence").click()
        wait_for(lambda: Evidence.objects.count() == 2, log=worker.log)
        page.goto(page.url)
        expect(page.get_by_role("link", name="seeds")).to_be_visible()
        assert Upload.objects.count() == 2


@pytest.mark.slow
def test_hqs_page_of_limits(desk: Desk, context: BrowserContext) -> None:
    piece = make.evidence(desk.submission)
    stored = StoredFile.objects.create(
        owner="school-1", sha256="0" * 64, key="school-1/00/0.jpg", name="seeds.jpg", kind="image", size=5,
        stored_at=make.NOW, lost_at=make.NOW,
    )  # fmt: skip
    Evidence.objects.filter(pk=piece.pk).update(kind="file", file=stored, note="")
    desk.leader = make.hq()
    page = desk.sits_at(context)
    page.goto(f"{desk.url}/upload-limits/")
    expect(page.get_by_text("1 file stands in the portal and isn’t where it should be.")).to_be_visible()
    page.get_by_label("A video").fill("300")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_text("video: 200 to 300 MB")).to_be_visible()
    look_at(page, "limits")
    page.get_by_role("link", name=piece.title).click()
    expect(page.get_by_text("We can’t find this file any more")).to_be_visible()
    look_at(page, "lost")
