"""HQ's pages of past awards: from the list of schools to what was written, and back."""

from typing import Any

import pytest
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from awards.domain import past as verbs
from awards.models import Award, PastColumns, PastImport
from awards.pages.past import KINDS
from psqm_portal.core.roles import Role
from tests import factories as make
from tests.awards.pasting import (
    HEADER,
    as_csv,
    ask,
    findings,
    line,
    reads,
    works,
    writes,
)
from tests.factories import NOW
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
EVIL = '=cmd|" /C calc"!A0<script>alert(1)</script>'


@pytest.fixture
def hq() -> Any:
    make.framework()
    return make.hq()


@pytest.fixture
def client(hq: Any) -> Client:
    client = Client()
    client.force_login(hq)
    return client


@pytest.fixture
def ashbrook() -> Any:
    return make.school(name="Ashbrook Primary School", postcode="AB1 2CD")


def page(client: Client, past: PastImport, kind: str = "", **query: Any) -> str:
    name, more = ("past_rows", [kind]) if kind else ("past_import", [])
    answer = client.get(reverse(name, args=[past.pk, *more]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_the_list_of_schools_to_the_award_and_back(client: Client, ashbrook: Any) -> None:
    assert "Bring in past awards" in client.get(reverse("schools")).content.decode()
    answer = client.post(reverse("past_awards"), {"file": as_csv([line(Hub="North"), line(School="Lost")])})
    past = PastImport.objects.get()
    assert answer["Location"] == reverse("past_columns", args=[past.pk])
    form = client.get(answer["Location"]).content.decode()
    assert "Award level (“Gold”)" in form
    chosen = {name: place for name, place in past.columns.items() if name != "level"}
    again = client.post(answer["Location"], chosen).content.decode()
    assert "There is a problem" in again
    assert client.post(answer["Location"], past.columns).status_code == 302
    assert "Waiting for its turn" in page(client, past)
    works(past)
    report = page(client, past)
    assert "Nothing is written yet" in report
    assert "Write 1 award" in report
    assert "1 award is written" in client.get(reverse("past_write", args=[past.pk])).content.decode()
    client.post(reverse("past_write", args=[past.pk]))
    assert "0 of 1 awards" in page(client, past) or "It starts in a moment" in page(client, past)
    works(past)
    assert "1 award of this file is in the portal" in page(client, past)
    school = client.get(reverse("school", args=[ashbrook.pk])).content.decode()
    award = Award.objects.get()
    assert reverse("certificate", args=[award.number]) in school
    assert "North" in school
    shown = Client().get(reverse("certificate", args=[award.number])).content.decode()
    assert "This award is valid" in shown
    # What stands in the way is settled on the row's page.
    url = reverse("past_row", args=[past.pk, 3])
    found = client.get(url, {"q": "Ashbrook"}).content.decode()
    assert f'value="{ashbrook.pk}"' in found
    assert "Choose the school." in client.post(url, {"do": "choose"}, follow=True).content.decode()
    client.post(url, {"do": "choose", "school": ashbrook.pk})
    assert findings(past) == {2: "written", 3: "double"}
    client.post(url, {"do": "leave_out"})
    assert findings(past)[3] == "left_out"
    client.post(url, {"do": "take_in"})
    assert "Undo it" in client.get(reverse("past_undo", args=[past.pk])).content.decode()
    client.post(reverse("past_undo", args=[past.pk]))
    works(past)
    assert "Nothing is written yet" in page(client, past)
    assert Client().get(reverse("certificate", args=[award.number])).status_code == 404
    client.post(reverse("past_drop", args=[past.pk]))
    assert "This import was dropped" in page(client, past)
    assert "is dropped" in client.post(reverse("past_write", args=[past.pk]), follow=True).content.decode()


def test_an_expired_award_says_so(client: Client, hq: Any, ashbrook: Any) -> None:
    writes(hq, [line(Date_of_award="1/1/2015")])
    shown = Client().get(reverse("certificate", args=["PSQM-P-00001"])).content.decode()
    assert "This award has expired. It was valid until Monday 1 January 2018." in shown


def test_a_known_header_needs_no_naming_and_a_bad_file_is_answered_at_its_field(
    client: Client, hq: Any, ashbrook: Any
) -> None:
    ask(hq, [line()])
    answer = client.post(reverse("past_awards"), {"file": as_csv([line()])})
    assert answer["Location"] == reverse("past_import", args=[PastImport.objects.latest("pk").pk])
    assert PastColumns.objects.count() == 1
    bad = as_csv([["a", "b"]], ["one", "two"])
    assert "We found no header" in client.post(reverse("past_awards"), {"file": bad}).content.decode()
    assert "Sheet" in client.get(reverse("past_awards")).content.decode()
    past = PastImport.objects.latest("pk")
    Client().force_login(hq)
    works(past)
    assert client.get(reverse("past_columns", args=[past.pk])).status_code == 200
    writes(hq, past)
    assert client.get(reverse("past_columns", args=[past.pk])).status_code == 302
    said = client.post(reverse("past_columns", args=[past.pk]), past.columns, follow=True)
    assert "can’t be changed any more" in said.content.decode()


def test_words_are_named_on_their_page(client: Client, hq: Any, ashbrook: Any) -> None:
    past = reads(hq, [line(Award_level="Aurum"), line(Date_of_award="1/1/2020")])
    url = reverse("past_words", args=[past.pk])
    shown = client.get(url).content.decode()
    assert shown.index("“Aurum”") < shown.index("“Gold”")
    gold = make.framework().levels.get(name="Gold")
    client.post(url, {"word_0": gold.pk, "word_1": gold.pk})
    assert findings(past) == {2: "ready", 3: "ready"}


def test_htmx_gets_the_progress_and_then_the_whole_page(client: Client, hq: Any, ashbrook: Any) -> None:
    past = ask(hq, [line()])
    url = reverse("past_import", args=[past.pk])
    answer = client.get(url, headers={"HX-Request": "true"})
    assert f'hx-get="{url}"' in answer.content.decode()
    works(past)
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_s22_s27_words_are_text_on_pages_and_in_downloads(client: Client, hq: Any, ashbrook: Any) -> None:
    rows = [line(School=EVIL, Postcode=""), line(Award_level=EVIL), line(School=EVIL, Date_of_award=EVIL)]
    past = reads(hq, [*rows, line(Hub=EVIL, Round=EVIL)])
    writes(hq, past)
    for kind in ("missing", "level", "broken", "written"):
        shown = page(client, past, kind)
        assert "<script>alert(1)" not in shown, kind
        assert "&lt;script&gt;alert(1)" in shown, kind
    assert "&lt;script&gt;" in client.get(reverse("past_row", args=[past.pk, 2])).content.decode()
    assert "&lt;script&gt;" in client.get(reverse("school", args=[ashbrook.pk])).content.decode()
    text = ""
    for kind in ("open", "written"):
        answer = client.get(reverse("past_rows_csv", args=[past.pk, kind]))
        text += b"".join(answer.streaming_content).decode()
    assert "\"'=cmd" in text
    assert '"=cmd' not in text
    assert text.count("Ana Lee") == 0
    for name in ("past_rows", "past_rows_csv"):
        assert client.get(reverse(name, args=[past.pk, "other"])).status_code == 404


def _report_of(hq: Any, size: int) -> PastImport:
    """``size`` rows of each kind."""
    base = size * 100
    for number in range(size):
        make.school(name=f"School {base + number}", postcode=f"Q{number}X {size}AA", urn=None)
    names = [
        {"School": f"School {base + number}", "Postcode": f"Q{number}X {size}AA"} for number in range(size)
    ]
    rows = [line(**one) for one in names]  # ready; the first half is written below
    rows += [line(**one) for one in names]  # double
    rows += [line(**one | {"School": one["School"] + "x"}, Award_level="Silver") for one in names]  # likely
    rows += [line(**one | {"School": "School otherwise"}) for one in names]  # choose
    rows += [line(School=f"Lost {number}", Postcode="") for number in range(size)]
    rows += [line(**one, Award_level="Brass") for one in names]
    rows += [line(School="") for _ in names]
    past = reads(hq, rows)
    for one in past.rows.filter(finding="missing")[: size // 2]:
        verbs.leave_out(one, by=hq, now=NOW)
    return past


def test_r24_constant_queries(client: Client, hq: Any) -> None:
    asked: dict[str, list[int]] = {}
    for size in (10, 60):
        past = _report_of(hq, size)
        found = past.rows.order_by().values_list("finding").annotate(count=Count("pk"))
        assert all(count >= size // 2 for _, count in found)
        assert len(found) == len(KINDS) - 1
        writes(hq, past)
        urls = {"": "past_import", "words": "past_words", "write": "past_write", "undo": "past_undo"}
        for kind, name in urls.items():
            asked.setdefault(kind, []).append(own_queries(client, reverse(name, args=[past.pk])))
        for kind in KINDS:
            url = reverse("past_rows", args=[past.pk, kind])
            asked.setdefault(kind, []).append(own_queries(client, url))
        url = reverse("past_row", args=[past.pk, 2 + size * 3])
        asked.setdefault("row", []).append(own_queries(client, url))
        asked.setdefault("imports", []).append(own_queries(client, reverse("past_awards")))
    rows = {kind: [4, 4] for kind in KINDS} | {"ready": [3, 3], "likely": [3, 3]}
    other = {"": [3, 3], "words": [6, 6], "write": [2, 2], "undo": [3, 3], "row": [3, 3], "imports": [3, 3]}
    assert asked == rows | other, asked


def test_r24_a_schools_awards(client: Client, hq: Any, ashbrook: Any) -> None:
    url, asked = reverse("school", args=[ashbrook.pk]), []
    writes(hq, [line()])
    asked.append(own_queries(client, url))
    writes(hq, [line(Date_of_award=f"{day}/1/2020") for day in range(1, 29)])
    asked.append(own_queries(client, url))
    assert asked[0] == asked[1], asked


def test_the_schools_people_see_its_awards_and_the_finance_contact_none(hq: Any, ashbrook: Any) -> None:
    writes(hq, [line()])
    for role, sees in ((Role.SUBJECT_LEADER, True), (Role.HEADTEACHER, True), (Role.SCHOOL_FINANCE, False)):
        client = Client()
        client.force_login(make.member(ashbrook, role))
        shown = client.get(reverse("school", args=[ashbrook.pk])).content.decode()
        assert ("PSQM-P-00001" in shown) == sees, role


def test_the_header_is_wide(hq: Any) -> None:
    """A header of the most columns, and rows wider than it."""
    header = [*HEADER, *(f"More {number}" for number in range(200))]
    past = ask(hq, as_csv([[*line(), *range(200)]], header))
    assert len(past.header) == 100
    assert works(past).counts == {"missing": 1}
