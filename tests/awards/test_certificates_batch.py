"""Many certificates at once: each its own file, a bad one fails alone, two workers share."""

import io
import logging
import os
import re
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from awards.domain import certificates
from awards.models import Award, Certificate
from psqm_portal.core import pdf, printing
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import Limits, OnePage, PdfTooMuch, PdfUnavailable, print_pages
from tests import factories
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

NOW = factories.NOW


def awards(count: int, name: str = "Oak {}") -> list[Award]:
    cycle = factories.round_()
    levels = list(cycle.framework.levels.all())
    made = []
    for number in range(count):
        work = factories.submission(cycle=cycle, parts=False)
        award = Award.objects.create(
            school=work.school, submission=work, round_name=str(cycle), number=f"PSQM-26A-{number:04d}",
            school_name=name.format(number), level=levels[number % len(levels)],
            awarded_on=date(2026, 11, 23), valid_until=date(2029, 11, 23),
        )  # fmt: skip
        certificates.ask_for(award, now=NOW)
        made.append(award)
    return made


def make(now=NOW) -> int:
    return certificates.make_waiting(clock=lambda: now)


def content_of(award: Award) -> bytes:
    with default_storage.open(Certificate.objects.get(award=award).file.key) as content:
        return content.read()


def test_q07_each_of_a_batch_is_whole_by_itself():
    made = awards(4)
    assert make() == 4
    for award in made:
        content = content_of(award)
        assert len(content) <= 20_000
        with pikepdf.open(io.BytesIO(content)) as document:
            assert len(document.pages) == 1
            named = f"Certificate {award.number}: {award.school_name}"
            title = f"{named}, Primary Science Quality Mark, {award.level}"
            assert str(document.docinfo["/Title"]) == title
            assert str(document.docinfo["/CreationDate"]).startswith("D:20261123")
            assert str(document.Root.Lang) == "en-GB"
            assert bool(document.Root.MarkInfo.Marked)
            with document.open_metadata() as metadata:
                assert metadata["pdfuaid:part"] == "1"
                assert metadata["dc:title"] == title
            assert alternatives(document) == {
                f"{award.level} medal with a beaker",
                f"QR code that leads to {certificates.public_url(award)}",
            }
            assert drawn_unmarked(document) == 0
            assert headings(document) == ["H1"]
            for font in (one for one in document.objects if is_a(one, "/FontDescriptor")):
                assert "/FontFile2" in font or "/FontFile3" in font


def is_a(thing, kind: str) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == kind


def alternatives(document: pikepdf.Pdf) -> set[str]:
    figures = [
        one for one in document.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/Figure"
    ]
    return {str(one.Alt) for one in figures}


def headings(document: pikepdf.Pdf) -> list[str]:
    kinds = [str(one.get("/S", ""))[1:] for one in document.objects if isinstance(one, pikepdf.Dictionary)]
    return sorted(kind for kind in kinds if re.fullmatch(r"H\d", kind))


def drawn_unmarked(document: pikepdf.Pdf) -> int:
    """What a page draws outside of any tag or artifact: a reader aloud wouldn't know what it is."""
    depth = outside = 0
    for one in pikepdf.parse_content_stream(document.pages[0]):
        word = str(one.operator)
        depth += (word in {"BMC", "BDC"}) - (word == "EMC")
        outside += depth == 0 and word in {"Tj", "TJ", "Do", "f", "f*", "S", "B", "sh"}
    return outside


def test_a_bad_one_fails_alone_and_the_rest_are_made(monkeypatch):
    made = awards(7)
    real, runs = certificates.print_pages, []

    def printed(pages, html, **more):
        runs.append(len(pages))
        if "Oak 3" in html:
            raise PdfTooMuch("Not laid out within 60 seconds.")
        real(pages, html, **more)

    monkeypatch.setattr(certificates, "print_pages", printed)
    assert make() == 7
    assert runs == [7, 3, 4, 2, 1, 1, 2]
    left = Certificate.objects.get(file=None)
    assert (left.award, left.tries, left.taken_at) == (made[3], 1, None)
    assert left.last_error == "PdfTooMuch('Not laid out within 60 seconds.')"
    # Its next try is its own, after those that are new.
    monkeypatch.setattr(certificates, "print_pages", real)
    assert make() == 1
    assert Certificate.objects.get(pk=left.pk).last_error == ""


def test_many_bad_ones_are_no_accident(monkeypatch):
    awards(9)
    runs = []

    def broken(pages, *_, **__):
        runs.append(len(pages))
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(certificates, "print_pages", broken)
    with pytest.raises(RuntimeError, match="the disk is full"):
        make()
    assert runs == [9, 4, 2, 1, 1, 2, 1]
    # The rest comes first next time.
    assert list(Certificate.objects.order_by("pk").values_list("tries", "taken_at")) == [
        *[(1, None)] * 3,
        *[(0, None)] * 6,
    ]
    runs.clear()

    def missing(pages, *_, **__):
        runs.append(len(pages))
        raise PdfUnavailable

    monkeypatch.setattr(certificates, "print_pages", missing)
    with pytest.raises(PdfUnavailable):
        make()
    assert runs == [9]


def test_pages_that_don_t_fit_their_files_make_none(tmp_path):
    page = OnePage(tmp_path / "1.pdf", "t", "d", date(2026, 1, 1))
    with pytest.raises(RuntimeError, match="2 pages for 1 files"):
        print_pages([page], "<html lang=en><title>t</title><p>a<p style='break-before: page'>b")
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_died_is_followed_after_a_while():
    awards(2)
    assert len(certificates._take_up(NOW)) == 2
    assert make(NOW + timedelta(minutes=1)) == 0
    assert certificates.waiting(now=NOW + timedelta(minutes=2)) == 0
    later = NOW + certificates.STALE
    assert certificates.waiting(now=later) == 2
    assert make(later) == 2
    assert set(Certificate.objects.values_list("tries", flat=True)) == {2}


@pytest.mark.parametrize("count", [10, 60])
def test_r24_a_batch_s_questions_grow_by_the_files_alone(count, django_assert_num_queries, monkeypatch):
    awards(count)
    monkeypatch.setattr(certificates, "_keep", lambda *_, **__: True)
    monkeypatch.setattr(certificates, "print_pages", lambda *_, **__: None)
    with django_assert_num_queries(7):  # savepoint, rows, taken, its end; sign of life; awards; levels
        make()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r11_two_workers_at_once_make_each_once(monkeypatch):
    awards(6)
    monkeypatch.setattr(certificates, "BATCH", 3)
    assert sorted(at_once([make] * 3)) == [0, 3, 3]
    assert StoredFile.objects.count() == 6
    assert set(Certificate.objects.values_list("tries", flat=True)) == {1}
    assert at_once([make, make]) == [0, 0]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r11_control_without_the_claim_both_take_the_same(monkeypatch):
    awards(4)
    both, real = Event(), certificates._lay_out
    seen = []

    def laid_out(rows, folder):
        seen.append(sorted(row.pk for row in rows))
        if len(seen) == 2:
            both.set()
        both.wait(60)
        return real(rows, folder)

    monkeypatch.setattr(certificates, "_lay_out", laid_out)
    monkeypatch.setattr(certificates, "_take_up", lambda _: list(certificates._open().order_by("pk")))
    at_once([make, make])
    assert seen[0] == seen[1]
    # Kept once all the same: the row's lock decides.
    assert StoredFile.objects.count() == 4


@pytest.fixture
def canary():
    """A web server on this machine that counts who asks."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/again")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def hostile(origin: str, secret: Path) -> list[str]:
    addresses = [
        f"{origin}/x",
        f"file://{secret}",
        "http://169.254.169.254/latest/",
        "data:image/png;base64,aGk=",
    ]
    return [
        text
        for address in addresses
        for text in (
            f"<img alt=a src='{address}'>",
            f"<a rel=attachment href='{address}'>x</a>",
            f"<style>@import url({address});</style>",
            f"<svg><image href='{address}'/></svg>",
            f"</h1><link rel=attachment href='{address}'>",
            f"<object data='{address}'></object>",
        )
    ]


def test_s25_names_are_text_and_nothing_is_fetched(canary, tmp_path):
    origin, asked = canary
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-bytes")
    texts = hostile(origin, secret)
    made = awards(len(texts))
    for award, text in zip(made, texts, strict=True):
        Award.objects.filter(pk=award.pk).update(school_name=text[:200], round_name=text[:60])
    assert make() == len(texts)
    assert Certificate.objects.filter(file=None).count() == 0
    assert asked == []
    for award in made:
        with pikepdf.open(io.BytesIO(content_of(award))) as document:
            assert not document.attachments
            streams = [one for one in document.objects if isinstance(one, pikepdf.Stream)]
            assert not any(b"canary-bytes" in one.read_bytes() for one in streams)
            assert not any(one.get("/Subtype") == pikepdf.Name.Image for one in streams)


def test_s25_markup_that_got_in_fetches_nothing_from_the_program_either(canary, tmp_path):
    """Were a name not escaped: the program that lays out knows our files and no other."""
    origin, asked = canary
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-bytes")
    html = f"<html lang=en><title>t</title><body>{''.join(hostile(origin, secret))}"
    page = OnePage(tmp_path / "1.pdf", "t", "d", date(2026, 1, 1))
    print_pages([page], html)
    assert asked == []
    with pikepdf.open(page.target) as document:
        assert not document.attachments
        assert b"canary-bytes" not in page.target.read_bytes()


def test_s25_control_without_the_guard_the_batch_would_ask(canary, tmp_path, monkeypatch):
    import weasyprint

    origin, asked = canary
    monkeypatch.setattr(printing, "_fetcher", lambda _: weasyprint.urls.URLFetcher())
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    html = f"<html lang=en><title>t</title><body><img alt=a src='{origin}/x'>"
    file = {"target": str(tmp_path / "1.pdf"), "title": "t", "description": "d", "day": "2026-01-01"}
    printing.write_pages(html, [file], base_url=pdf.BASE_URL, sheet="", find=lambda _: None)
    assert asked[:1] == ["/x"]


@pytest.mark.slow
@pytest.mark.parametrize("body", ["<p>" + "Oak tree " * 600_000, "<table>" + "<tr><td>x<td>y" * 40_000])
def test_s26_what_is_too_much_is_ended_in_the_program_and_the_worker_lives(body, tmp_path):
    page = OnePage(tmp_path / "1.pdf", "t", "d", date(2026, 1, 1))
    pid = os.getpid()
    with pytest.raises(PdfTooMuch):
        print_pages([page], f"<html lang=en><title>t</title>{body}", limits=Limits(seconds=4, megabytes=400))
    assert os.getpid() == pid
    assert list(tmp_path.iterdir()) == []


def test_s26_a_batch_has_sixty_seconds_and_a_gigabyte(monkeypatch):
    awards(1)
    told = []

    def run(*_, **given):
        told.append(given)
        raise OSError("not begun")

    monkeypatch.setattr(pdf.subprocess, "run", run)
    with pytest.raises(OSError, match="not begun"):
        make()
    assert b'"seconds": 60, "megabytes": 1024' in told[0]["input"]
    assert told[0]["timeout"] == 70
    assert connection.vendor.encode() not in told[0]["input"]
