"""The national register: what a file says of our schools, before and after it is written."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import User
from bench.register import HEADERS, lines
from psqm_portal.core.long_jobs import HOPELESS, MAX_TRIES, STALE
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from schools.domain import register as verbs
from schools.domain import register_reading, register_writing
from schools.domain.register_columns import NEEDED, OPTIONAL
from schools.domain.register_job import work
from schools.models import RegisterFilter, RegisterImport, School
from schools.pages.register import rows_of
from schools.search import find
from tests import factories as make
from tests.factories import NOW
from tests.schools.registering import ask, imports, line, links, reads, refusal, text_of, works, writes

pytestmark = pytest.mark.django_db


@pytest.fixture
def hq() -> User:
    return make.hq()


def findings(register: RegisterImport) -> dict[int, str]:
    return dict(register.rows.values_list("line", "finding"))


def messages(register: RegisterImport) -> dict[int, str]:
    return dict(register.rows.exclude(message="").values_list("line", "message"))


def state() -> list[dict[str, Any]]:
    own = {"id", "successor_id"}
    rows = School.objects.order_by("urn").values()
    return [{name: value for name, value in row.items() if name not in own} for row in rows]


def bytes_kept() -> list[Path]:
    return list(Path(settings.MEDIA_ROOT).rglob("register/*"))


def test_a_new_school_has_all_that_its_row_says(hq: User) -> None:
    cells = {
        "Street": "1 Church Lane", "Locality": "Lower Village", "Address3": "", "Town": "Hébden",
        "County": "Not recorded", "Postcode": "hx7  8ab", "LA": "Calderdale", "NumberOfPupils": "1,204",
        "OpenDate": "01-09-1998", "HeadTitle": "Mrs", "HeadFirstName": "Zoë", "HeadLastName": "O’Brien",
        "Trusts": "Pennine Trust", "TelephoneNum": "01422 1234", "SchoolWebsite": "www.st-andré.example",
        "Easting": "399000", "Northing": "427000",
    }  # fmt: skip
    register = reads(hq, [line(100001, "  St  André’s – Primary ", **cells)])
    assert findings(register) == {2: "new"}
    assert not School.objects.exists()
    writes(register, hq)
    school = School.objects.get()
    assert {
        name: getattr(school, name)
        for name in (
            "name", "urn", "street", "town", "county", "postcode", "local_authority", "pupils", "phase",
            "opened_on", "closed_on", "headteacher_name", "trust", "phone", "website", "easting", "northing",
            "is_open", "register_status", "register_type", "country",
        )
    } == {
        "name": "St André’s – Primary", "urn": "100001", "street": "1 Church Lane, Lower Village",
        "town": "Hébden", "county": "", "postcode": "HX7 8AB", "local_authority": "Calderdale",
        "pupils": 1204, "phase": "primary", "opened_on": date(1998, 9, 1), "closed_on": None,
        "headteacher_name": "Mrs Zoë O’Brien", "trust": "Pennine Trust", "phone": "01422 1234",
        "website": "", "easting": 399000, "northing": 427000, "is_open": True, "register_status": "Open",
        "register_type": "Academy converter", "country": "england",
    }  # fmt: skip
    assert find("andre hebden") == [school]


@pytest.mark.parametrize(
    ("website", "kept"),
    [
        ("www.a.example", "https://www.a.example"),
        ("http://a.example/b?c=1", "http://a.example/b?c=1"),
        ("javascript:alert(1)", ""),
        ("https://a.example/\"onclick='x", ""),
        ("none", ""),
    ],
)
def test_s22_only_an_address_is_a_website(hq: User, website: str, kept: str) -> None:
    imports(hq, [line(100001, SchoolWebsite=website)])
    assert School.objects.get().website == kept


@pytest.mark.parametrize(
    ("cells", "phase"),
    [
        ({}, "primary"),
        ({"StatutoryLowAge": 2, "StatutoryHighAge": 7}, "infant"),
        ({"StatutoryLowAge": 7, "StatutoryHighAge": 11}, "junior"),
        ({"PhaseOfEducation": "middle deemed primary"}, "middle"),
        ({"PhaseOfEducation": "All-through", "StatutoryHighAge": 18}, "primary"),
        ({"PhaseOfEducation": "Not applicable", "EstablishmentTypeGroup": "Special schools"}, "special"),
        (
            {"PhaseOfEducation": "Not applicable", "TypeOfEstablishment": "Academy special converter"},
            "special",
        ),
        ({"PhaseOfEducation": "Secondary"}, "Phase “Secondary”: we don’t take these"),
        ({"PhaseOfEducation": "Galactic"}, "Phase “Galactic”: no filter knows this word"),
        (
            {"PhaseOfEducation": "Not applicable", "EstablishmentTypeGroup": "Independent schools"},
            "Type “Independent schools”: we don’t take these",
        ),
        ({"EstablishmentStatus": "Proposed to open"}, "Status “Proposed to open”: we don’t take these"),
        ({"EstablishmentStatus": "Asleep"}, "Status “Asleep”: no filter knows this word"),
        ({"EstablishmentStatus": "Closed"}, "Closed, and never one of ours"),
    ],
)
def test_which_rows_are_schools_for_us(hq: User, cells: dict[str, Any], phase: str) -> None:
    row = reads(hq, [line(100001, **cells)]).rows.get()
    assert row.data.get("phase") or row.message == phase or (row.finding, row.message) == ("left_out", phase)
    if row.finding == "new":
        assert row.data["phase"] == phase


def test_the_rules_are_data(hq: User) -> None:
    RegisterFilter.objects.filter(value="Secondary").update(is_taken=True, phase="middle")
    register = reads(hq, [line(100001, PhaseOfEducation="SECONDARY")])
    assert register.rows.get().data["phase"] == "middle"


def test_changes_closures_successors_and_who_is_missing(hq: User) -> None:
    first = [line(100000 + number, f"School {number}") for number in range(1, 7)]
    imports(hq, first)
    by_urn = {school.urn: school for school in School.objects.all()}
    make.member(by_urn["100003"], Role.HEADTEACHER)
    rows = [
        line(100001, "School 1", NumberOfPupils=99, Trusts=""),
        line(100002, "School 2", EstablishmentStatus="Closed", CloseDate="31-08-2026"),
        line(100003, "School 3", EstablishmentStatus="Closed", CloseDate="31-08-2026"),
        line(100004, "School 4"),
        line(100006, "School 6", PhaseOfEducation="Secondary", Town="Elsewhere"),
        line(100007, "New one", Trusts="A trust"),
    ]
    after = links(
        (100002, 100007, "Successor - amalgamated"),
        (100004, 100003, "Predecessor"),
        (100003, 999999, "Successor"),
    )
    register = reads(hq, rows, after)
    assert findings(register) == {2: "changed", 3: "closed", 4: "closed", 5: "same", 6: "changed", 7: "new"}
    pupils = by_urn["100001"].pupils
    assert register.rows.get(line=2).data == {"pupils": [pupils, 99]}
    assert register.rows.get(line=6).data == {"town": [by_urn["100006"].town, "Elsewhere"]}
    assert register.rows.get(line=3).data == {
        "is_open": [True, False],
        "register_status": ["Open", "Closed"],
        "closed_on": ["", "2026-08-31"],
    }
    assert register.counts == {
        "new": 1, "changed": 2, "closed": 2, "same": 1, "successors": 2, "missing": 1,
    }  # fmt: skip
    assert [row.line for row in rows_of(register, "closed")] == [4, 3]  # who takes part comes first
    assert [school.urn for school in rows_of(register, "missing")] == ["100005"]
    assert {school.pupils for school in School.objects.filter(urn="100001")} == {pupils}
    writes(register, hq)
    now = {school.urn: school for school in School.objects.all()}
    assert (now["100001"].pupils, now["100002"].is_open, now["100006"].town) == (99, False, "Elsewhere")
    assert now["100002"].successor == now["100007"]
    assert now["100003"].successor == now["100004"]
    assert (now["100006"].phase, now["100005"].is_open) == ("primary", True)
    assert register.counts | {"written": 0} == works(register).counts | {"written": 0}
    assert RegisterImport.objects.get(pk=register.pk).counts["written"] == {
        "new": 1, "changed": 2, "closed": 2, "successors": 2,
    }  # fmt: skip
    again = reads(hq, rows, after)
    assert again.counts == {"same": 6, "successors": 0, "missing": 1}


def test_broken_rows_are_told_with_their_line_and_stop_nothing(hq: User) -> None:
    rows = [line(100001), line("12"), line(""), line(100002, name=""), line(100001, "Twice"), line(100003)]
    text = "".join(text for text in [text_of(rows), "\r\n", "100004,short\r\n"])
    register = reads(hq, text)
    assert findings(register) == {
        2: "new", 3: "broken", 4: "broken", 5: "broken", 6: "broken", 7: "new", 9: "broken",
    }  # fmt: skip
    assert messages(register) == {
        3: "“12” is no URN: six digits",
        4: "There is no URN",
        5: "There is no name",
        6: "URN 100001 stands in line 2 already",
        9: "This row has 2 cells, not 135",
    }
    writes(register, hq)
    assert set(School.objects.values_list("urn", flat=True)) == {"100001", "100003"}


def test_columns_are_found_by_their_headers_however_they_drift(hq: User) -> None:
    drifted = [" " + header.lower().replace(" (name)", "(Name)") for header in reversed(HEADERS)]
    rows = [
        dict(zip(drifted, [line(100001)[h] if h in line(1) else "" for h in reversed(HEADERS)], strict=True))
    ]
    register = reads(hq, rows, headers=[*drifted, "Brand new column"])
    assert register.columns == {"found": 136, "missing": []}
    assert register.rows.get().data["name"] == "Ashbrook Primary School"


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_column_that_is_missing_is_named(hq: User, name: str) -> None:
    before = bytes_kept()
    said = refusal(hq, [line(100001)], headers=[header for header in HEADERS if header != name])
    assert said == f"The column “{name}” is missing. Nothing was read."
    assert not RegisterImport.objects.exists()
    assert bytes_kept() == before


def test_what_isnt_the_register_is_refused(hq: User) -> None:
    assert refusal(hq, "a,b\r\n1,2\r\n").startswith("This isn’t the register’s file")
    assert refusal(hq, b"PK\x03\x04").startswith("This is a ZIP or Excel file")
    two = refusal(hq, [line(1)], headers=[h for h in HEADERS if h not in {"Town", "Postcode"}])
    assert two == "These columns are missing: “Town”, “Postcode”. Nothing was read."


def test_missing_optional_columns_are_told_and_empty_nothing(hq: User) -> None:
    imports(hq, [line(100001, Trusts="A trust")])
    before = state()
    register = reads(hq, [line(100001)], headers=NEEDED)
    assert register.columns == {"found": len(NEEDED), "missing": OPTIONAL}
    assert register.counts["same"] == 1
    writes(register, hq)
    assert state() == before


def test_an_empty_cell_empties_what_can_be_over_and_nothing_else(hq: User) -> None:
    imports(hq, [line(100001, Trusts="A trust", HeadLastName="Lee", NumberOfPupils=50)])
    empty = {"Trusts": "", "HeadLastName": "", "NumberOfPupils": "", "Street": "", "Locality": "", "LA": ""}
    register = reads(hq, [line(100001, **empty)])
    assert set(register.rows.get().data) == {"trust", "headteacher_name"}


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-8"])
def test_utf_8_is_read_too(hq: User, mark: str) -> None:
    reads(hq, text_of([line(100001, "École Žižka – 学")]).encode(mark))
    assert RegisterImport.objects.get().rows.get().name == "École Žižka – 学"


def test_what_the_school_typed_stands_and_what_came_from_the_register_follows_it(hq: User) -> None:
    rows = [line(100001, TelephoneNum="1"), line(100002, TelephoneNum="1"), line(100003, TelephoneNum="")]
    imports(hq, rows)
    School.objects.filter(urn__in=["100002", "100003"]).update(phone="typed", website="https://own.example")
    rows = [line(urn, TelephoneNum="2", SchoolWebsite="new.example") for urn in (100001, 100002, 100003)]
    imports(hq, rows)
    found = School.objects.order_by("urn").values_list("phone", "website", "register_phone")
    typed = ("typed", "https://own.example", "2")
    assert list(found) == [("2", "https://new.example", "2"), typed, typed]


def test_what_hq_closed_or_opened_stands_until_the_register_says_something_new(hq: User) -> None:
    imports(hq, [line(100001), line(100002)])
    School.objects.filter(urn="100001").update(is_open=False)
    assert reads(hq, [line(100001), line(100002)]).counts["same"] == 2
    RegisterImport.objects.update(status="dropped")
    register = reads(hq, [line(100001), line(100002, EstablishmentStatus="Closed")])
    assert findings(register) == {2: "same", 3: "closed"}


def test_a_change_by_hand_since_the_report_stands(hq: User) -> None:
    imports(hq, [line(100001, Town="A"), line(100002, Town="A"), line(100003, Town="A")])
    rows = [
        line(100001, Town="B", NumberOfPupils=7), line(100002, Town="B"), line(100003, Town="B"),
        line(100004),
    ]  # fmt: skip
    register = reads(hq, rows)
    School.objects.filter(urn__in=["100001", "100002"]).update(town="Typed")
    make.school(urn="100004", name="By hand")
    register = writes(register, hq)
    found = {one.urn: (one.town, one.pupils) for one in School.objects.all()}
    assert found["100001"] == ("Typed", 7)
    assert (found["100002"][0], found["100003"][0]) == ("Typed", "B")
    assert School.objects.get(urn="100004").name == "By hand"
    assert register.counts["written"] == {"changed": 2, "left_alone": 2, "successors": 0}
    assert messages(register) == {
        2: "Changed by hand since, so left alone: town",
        3: "Changed by hand since: left alone",
        5: "Added by hand since: left alone",
    }


def test_a_merged_school_is_never_revived(hq: User) -> None:
    target = make.school(urn="100002")
    merged = make.school(urn="100001", is_open=False, merged_into=target)
    register = reads(hq, [line(100001)])
    assert messages(register) == {2: "Merged into another school here: left alone"}
    RegisterImport.objects.update(status="dropped")
    register = reads(hq, [line(100001), line(100002, "Changed")])
    School.objects.filter(pk=target.pk).update(is_open=False, merged_into=make.school())
    writes(register, hq)
    merged.refresh_from_db()
    assert (merged.is_open, School.objects.filter(name="Changed").exists()) == (False, False)


def test_a_school_that_came_by_hand_gets_its_urn(hq: User) -> None:
    place = make.school(name="Ashbrook primary school", postcode="AS1 2BC", urn=None)
    make.school(name="Ashbrook primary school", postcode="AS9 9ZZ", urn=None)
    register = reads(hq, [line(100001, Postcode="AS12BC"), line(100002, Postcode="AS1 2BC")])
    assert findings(register) == {2: "changed", 3: "new"}
    writes(register, hq)
    place.refresh_from_db()
    assert place.urn == "100001"
    assert School.objects.count() == 3


def test_one_file_at_a_time_by_the_databases_word(hq: User) -> None:
    first = ask(hq, [line(100001)])
    there = bytes_kept()
    assert refusal(hq, [line(100002)]) == "Another import is underway. Write or drop it first."
    assert bytes_kept() == there
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterImport.objects.create(name="x", size=1, asked_by=hq, asked_at=NOW, touched_at=NOW)
    verbs.drop(first, by=hq, now=NOW)
    assert works(first).status == "dropped"
    done = imports(hq, [line(100001)])
    with pytest.raises(Refused):
        verbs.drop(done, by=hq, now=NOW)


@pytest.mark.parametrize("ends", ["read", "dropped", "failed"])
def test_the_file_goes_when_it_is_read_or_dropped(
    hq: User, ends: str, django_capture_on_commit_callbacks: Any
) -> None:
    before = bytes_kept()
    register = ask(hq, [line(100001)], links((100001, 100002, "Successor")))
    assert len(bytes_kept()) == len(before) + 2
    with django_capture_on_commit_callbacks(execute=True):
        if ends == "read":
            works(register)
        elif ends == "dropped":
            verbs.drop(register, by=hq, now=NOW)
        else:
            RegisterImport.objects.update(tries=MAX_TRIES)
            verbs.fail_the_hopeless(now=NOW + STALE)
    register.refresh_from_db()
    assert (register.status, register.key, register.links_key) == (ends, "", "")
    assert bytes_kept() == before


def test_only_hqs_admins(hq: User) -> None:
    register = reads(hq, [line(100001)])
    for person in (make.hq(Role.HQ_FINANCE), make.hq(Role.HQ_VIEWER), make.user()):
        with pytest.raises(PermissionDenied):
            ask(person, [line(100001)])
        for verb in (verbs.agree, verbs.drop, verbs.go_on):
            with pytest.raises(PermissionDenied):
                verb(register, by=person, now=NOW)


def test_writing_waits_for_reading_and_happens_once(hq: User) -> None:
    register = ask(hq, [line(100001)])
    with pytest.raises(Refused):
        verbs.agree(register, by=hq, now=NOW)
    works(register)
    works(register)
    assert register.rows.count() == 1
    writes(register, hq)
    with pytest.raises(Refused):
        verbs.agree(register, by=hq, now=NOW)
    assert not work(register.pk, clock=lambda: NOW)


class _CutOffError(Exception):
    """As if the power went."""


def _cut_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, call: int) -> None:
    """The ``call``th time it dies, after its work and before the batch is committed."""
    real, calls = getattr(module, name), []

    def dying(*args: Any, **more: Any) -> Any:
        done = real(*args, **more)
        calls.append(1)
        if len(calls) == call:
            raise _CutOffError
        return done

    monkeypatch.setattr(module, name, dying)


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_r10_a_worker_that_dies_is_followed_by_one_that_goes_on(
    hq: User, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """The result is that of an undisturbed run: nothing twice, nothing left out."""
    monkeypatch.setattr(register_reading, "BATCH", 20)
    monkeypatch.setattr(register_writing, "BATCH", 20)
    text = "".join(lines(100))
    quiet = imports(hq, text)
    rows = list(quiet.rows.values_list("line", "urn", "finding", "data", "message"))
    schools = state()
    School.objects.all().delete()
    register = ask(hq, text)
    for module, name in ((register_reading.RegisterRow.objects, "bulk_create"), (register_writing, "_add")):
        with monkeypatch.context() as patch:
            _cut_at(patch, module, name, batch)
            with pytest.raises(_CutOffError):
                work(register.pk, clock=lambda: NOW)
        register.refresh_from_db()
        assert register.status in {"waiting", "agreed"}
        assert verbs.JOBS.waiting(NOW + timedelta(minutes=2)) == [register.pk]
        works(register)
        if register.status == "read":
            verbs.agree(register, by=hq, now=NOW)
    assert register.status == "done"
    assert list(register.rows.values_list("line", "urn", "finding", "data", "message")) == rows
    assert state() == schools
    assert register.counts == quiet.counts


def test_what_kills_its_worker_each_time_is_given_up_and_can_go_on(
    hq: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = reads(hq, [line(100001)])
    verbs.agree(register, by=hq, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(register_writing, "_add", lambda _: 1 / 0)
        for _ in range(MAX_TRIES):
            with pytest.raises(ZeroDivisionError):
                work(register.pk, clock=lambda: NOW)
    register.refresh_from_db()
    assert (register.status, register.problem) == ("failed", HOPELESS)
    verbs.go_on(register, by=hq, now=NOW)
    assert works(register).status == "done"
    assert School.objects.count() == 1


def test_a_silent_worker_is_replaced_and_its_late_batch_changes_nothing(hq: User) -> None:
    register = ask(hq, [line(100001)])
    late = verbs.JOBS.take_up(register.pk, NOW)
    assert late is not None
    assert not work(register.pk, clock=lambda: NOW)
    assert verbs.JOBS.waiting(NOW + STALE) == [register.pk]
    assert verbs.JOBS.take_up(register.pk, NOW + STALE) is not None
    with pytest.raises(register_reading.Overtaken):
        register_reading.read(late, clock=lambda: NOW)
    assert not register.rows.exists()


def test_a_drop_stops_the_worker_at_its_next_batch(hq: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_reading, "BATCH", 1)
    register = ask(hq, [line(100001), line(100002)])
    real = register_reading.RegisterRow.objects.bulk_create

    def dropping(rows: Any) -> Any:
        verbs.drop(register, by=hq, now=NOW)
        return real(rows)

    monkeypatch.setattr(register_reading.RegisterRow.objects, "bulk_create", dropping)
    assert not work(register.pk, clock=lambda: NOW)
    register.refresh_from_db()
    assert (register.status, register.rows.count()) == ("dropped", 1)


def test_a_file_that_is_gone_is_told(hq: User) -> None:
    register = ask(hq, [line(100001)])
    default_storage.delete(register.key)
    register = works(register)
    assert (register.status, register.problem) == (
        "failed", "The file was gone before it was read. Upload it again.",
    )  # fmt: skip


def test_rows_are_swept_three_months_later(hq: User) -> None:
    register = imports(hq, [line(100001)])
    verbs.sweep_old(now=NOW + verbs.KEPT_FOR)
    assert register.rows.count() == 1
    verbs.sweep_old(now=NOW + verbs.KEPT_FOR + timedelta(seconds=1))
    assert register.rows.count() == 0
    assert RegisterImport.objects.get().counts["new"] == 1


def test_the_made_up_file_is_read_as_it_was_made(hq: User) -> None:
    register = reads(hq, "".join(lines(1500)))
    assert register.rows.filter(finding="broken").count() == 3
    assert register.rows.count() == 1500
