"""The import's pages: the upload, the report and its rows, the rules."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bench.register import HEADERS, lines
from schools.models import RegisterFilter, RegisterImport, School
from schools.pages.register import KINDS
from tests import factories as make
from tests.schools.registering import imports, line, links, reads, upload, works
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
EVIL = '=cmd|" /C calc"!A0<script>alert(1)</script>'


@pytest.fixture
def hq() -> Any:
    return make.hq()


@pytest.fixture
def client(hq: Any) -> Client:
    client = Client()
    client.force_login(hq)
    return client


def page(client: Client, register: RegisterImport, kind: str = "", **query: Any) -> str:
    name, more = ("register_rows", [kind]) if kind else ("register_import", [])
    url = reverse(name, args=[register.pk, *more])
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_the_list_of_schools_to_what_was_written(client: Client) -> None:
    assert "Import the national register" in client.get(reverse("schools")).content.decode()
    sent = {"file": upload([line(100001), line("x")]), "links": links((100001, 100002, "Successor"))}
    answer = client.post(reverse("register_imports"), sent)
    register = RegisterImport.objects.get()
    assert answer["Location"] == reverse("register_import", args=[register.pk])
    assert "Waiting for its turn" in page(client, register)
    assert "is underway" in client.get(reverse("register_imports")).content.decode()
    works(register)
    report = page(client, register)
    assert "Nothing is written yet" in report
    assert "Write these changes" in report
    confirm = client.get(reverse("register_write", args=[register.pk])).content.decode()
    assert "1 school is added" in confirm
    assert client.post(reverse("register_write", args=[register.pk])).status_code == 302
    assert "Waiting for its turn" in page(client, register)
    works(register)
    assert "1 new school, 0 schools changed, 0 schools closed" in page(client, register)
    assert client.get(reverse("register_write", args=[register.pk])).status_code == 302


def test_htmx_gets_the_progress_and_then_the_whole_page(client: Client, hq: Any) -> None:
    client.post(reverse("register_imports"), {"file": upload("".join(lines(30)))})
    register = RegisterImport.objects.get()
    url = reverse("register_import", args=[register.pk])
    answer = client.get(url, headers={"HX-Request": "true"})
    assert f'hx-get="{url}"' in answer.content.decode()
    assert "HX-Refresh" not in answer
    works(register)
    answer = client.get(url, headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert "hx-get" not in answer.content.decode()


def test_a_wrong_file_is_answered_at_its_field(client: Client) -> None:
    answer = client.post(reverse("register_imports"), {"file": upload(b"PK\x03\x04")}).content.decode()
    assert "This is a ZIP or Excel file." in answer
    sent = {"file": upload([line(100001)]), "links": upload("a,b\r\n")}
    answer = client.post(reverse("register_imports"), sent).content.decode()
    assert "This isn’t the links file: “URN”, “LinkURN”, “LinkType” are missing." in answer
    assert not RegisterImport.objects.exists()


def test_a_file_that_is_too_large_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schools.domain.register.MAX_BYTES", 10)
    answer = client.post(reverse("register_imports"), {"file": upload([line(100001)])}).content.decode()
    assert "which the register never is" in answer


def test_dropping(client: Client, hq: Any) -> None:
    register = reads(hq, [line(100001)])
    assert "The file is deleted" in client.get(reverse("register_drop", args=[register.pk])).content.decode()
    client.post(reverse("register_drop", args=[register.pk]))
    assert "This import was dropped" in page(client, register)
    answer = client.post(reverse("register_drop", args=[register.pk]), follow=True)
    assert "can’t be dropped any more" in answer.content.decode()
    assert not School.objects.exists()


def test_s22_s27_names_are_text_on_pages_and_in_downloads(client: Client, hq: Any) -> None:
    imports(hq, [line(100001), line(100002)])
    cells = {"PhaseOfEducation": EVIL}
    rows = [line(100001, EVIL), line(100003, EVIL), line(EVIL, EVIL), line(100004, "X", **cells)]
    register = reads(hq, rows)
    for kind in ("new", "changed", "broken", "left_out"):
        shown = page(client, register, kind)
        assert "&lt;script&gt;alert(1)" in shown, kind
        assert "<script>alert(1)" not in shown, kind
    for kind in ("changed", "broken"):
        answer = client.get(reverse("register_rows_csv", args=[register.pk, kind]))
        text = b"".join(answer.streaming_content).decode()
        assert "\"'=cmd" in text
        assert '"=cmd' not in text
    assert client.get(reverse("register_rows_csv", args=[register.pk, "new"])).status_code == 404
    assert client.get(reverse("register_rows", args=[register.pk, "other"])).status_code == 404


def test_each_kind_of_row_has_its_page(client: Client, hq: Any) -> None:
    imports(hq, [line(100001), line(100002), line(100003)])
    register = reads(
        hq,
        [
            line(100001, NumberOfPupils=5000),
            line(100002, EstablishmentStatus="Closed", CloseDate="31-08-2026"),
            line(100004, PhaseOfEducation="Secondary"),
            line(100005, PhaseOfEducation="Secondary"),
            line(100006, "Quite new"),
        ],
        links((100002, 100006, "Successor")),
    )
    assert "→ 5,000" in page(client, register, "changed")
    closed = page(client, register, "closed")
    assert "Closed on: 31/08/2026" in closed
    assert "Open → Closed" in closed
    assert "Successor: URN 100006" in page(client, register, "successors")
    assert "100003" in page(client, register, "missing")
    assert "Nothing of this kind" in page(client, register, "same")
    assert "Phase “Secondary”: we don’t take these</a>: 2" in page(client, register, "left_out")
    why = "Phase “Secondary”: we don’t take these"
    assert "2 rows" in page(client, register, "left_out", why=why)
    assert "Quite new" in page(client, register, "new")


def _report_of(hq: Any, size: int) -> RegisterImport:
    """``size`` rows of each kind."""
    urns = range(100_000 + 1000 * size, 100_000 + 1000 * size + size)
    imports(hq, [line(urn + step) for urn in urns for step in (0, 200, 400, 600)])
    kinds: list[dict[str, Any]] = [{}, {"NumberOfPupils": 1}, {"EstablishmentStatus": "Closed"}]
    rows = [line(urn + 200 * step, **cells) for urn in urns for step, cells in enumerate(kinds)]
    rows += [line(urn + 700, PhaseOfEducation="Secondary") for urn in urns]
    rows += [line(urn + 800) for urn in urns] + [line(1) for _ in urns]
    return reads(hq, rows, links(*[(urn + 400, urn, "Successor") for urn in urns]))


def test_r24_constant_queries(client: Client, hq: Any) -> None:
    asked: dict[str, list[int]] = {}
    for size in (10, 60):
        register = _report_of(hq, size)
        for kind in ("", "imports", "write", *KINDS):
            url = reverse("register_import", args=[register.pk]) + (f"{kind}/" if kind else "")
            url = reverse("register_imports") if kind == "imports" else url
            asked.setdefault(kind, []).append(own_queries(client, url))
        for kind in KINDS:
            assert register.counts[kind] >= size, kind
        client.post(reverse("register_drop", args=[register.pk]))
    assert {kind: len(set(counts)) for kind, counts in asked.items()} == dict.fromkeys(asked, 1), asked
    assert max(counts[0] for counts in asked.values()) <= 5, asked


def test_the_rules_are_changed_by_hq(client: Client, hq: Any) -> None:
    assert "Special schools" in client.get(reverse("register_filters")).content.decode()
    url = reverse("register_filter_new")
    sent = {"column": "phase", "value": " Galactic ", "is_taken": "on"}
    assert "Choose what we call the phase" in client.post(url, sent).content.decode()
    assert client.post(url, {**sent, "phase": "middle"}).status_code == 302
    rule = RegisterFilter.objects.get(value="Galactic")
    assert reads(hq, [line(100001, PhaseOfEducation="galactic")]).rows.get().data["phase"] == "middle"
    twice = client.post(url, {**sent, "value": "GALACTIC", "phase": "middle"}).content.decode()
    assert "There is a rule for “GALACTIC” already" in twice
    client.post(reverse("register_filter", args=[rule.pk]), {"column": "phase", "value": "Galactic"})
    rule.refresh_from_db()
    assert not rule.is_taken


def test_missing_columns_are_told(client: Client, hq: Any) -> None:
    register = reads(hq, [line(100001)], headers=[header for header in HEADERS if header != "Trusts (name)"])
    assert "Trusts (name). What the portal holds for them stays." in page(client, register)
