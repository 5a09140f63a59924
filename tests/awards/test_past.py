"""Past awards: what lines mean, which school they are of, writing once, undoing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from awards.domain import awarding, past_reading, past_undoing, past_writing
from awards.domain import past as verbs
from awards.domain.certificates import ask_for
from awards.domain.past_columns import day_of, guess
from awards.domain.past_job import work
from awards.models import Award, PastColumns, PastImport, PastWord
from awards.queries import awards_visible_to
from hubs.slots import with_awards
from psqm_portal.core.files.storing import sweep_orphans
from psqm_portal.core.long_jobs import HOPELESS, MAX_TRIES, PATIENCE, STALE
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry, LogEntry
from psqm_portal.core.roles import Role
from schools.domain.merging import merge
from schools.models import School
from tests import factories as make
from tests.awards.pasting import (
    HEADER,
    as_book,
    as_csv,
    ask,
    findings,
    line,
    reads,
    row,
    undoes,
    works,
    writes,
)
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _levels() -> None:
    make.framework()


@pytest.fixture
def hq() -> Any:
    return make.hq()


@pytest.fixture
def ashbrook() -> School:
    return make.school(name="Ashbrook Primary School", postcode="AB1 2CD", urn="100001", town="Ashbrook")


# What a line says


def test_a_line_becomes_an_award_of_its_school(hq: Any, ashbrook: School) -> None:
    past = writes(hq, [line(URN="100001", Round="Spring 2024", Hub="North", Certificate_number="ps/ 17-3")])
    award = Award.objects.get()
    assert (award.school, award.submission, award.school_name) == (ashbrook, None, "Ashbrook Primary School")
    assert (award.level.name, award.round_name, award.hub_name) == ("Gold", "Spring 2024", "North")
    assert (award.awarded_on, award.valid_until) == (date(2024, 7, 12), date(2027, 7, 12))
    assert (award.number, award.status) == ("PS-17-3", "current")
    assert (award.past_import, award.past_line) == (past, 2)
    assert past.counts == {"written": 1}
    entry = HistoryEntry.objects.get(machine="award")
    assert (entry.action, entry.target, entry.by) == ("bring_in", "current", hq)
    assert LogEntry.objects.filter(action="past_import.written").count() == 1


def test_no_person_of_the_file_is_kept(hq: Any, ashbrook: School) -> None:
    past = reads(hq, [line()])
    kept = [*PastImport.objects.values(), *past.rows.values()]
    assert not [one for one in kept if "Ana Lee" in str(one) or "ana@" in str(one)]
    named = verbs.ask(as_csv([line()], [*HEADER[:-1], "Other"]), sheet="", by=hq, now=NOW)
    assert named.example  # to tell the columns by; gone once they are named
    verbs.name_columns(named, guess(named.header), by=hq, now=NOW)
    named.refresh_from_db()
    assert named.example == []


@pytest.mark.parametrize(
    ("typed", "day", "is_whole"),
    [
        ("12/07/2024", date(2024, 7, 12), True),
        ("1-2-19", date(2019, 2, 1), True),
        ("2024-07-12", date(2024, 7, 12), True),
        ("12th July 2024", date(2024, 7, 12), True),
        ("3 Sep 2018", date(2018, 9, 3), True),
        ("45485", date(2024, 7, 12), True),  # as Excel counts
        ("July 2024", date(2024, 7, 31), False),
        ("Spring 2019", date(2019, 5, 31), False),
        ("Round 8, Autumn 2016", date(2016, 12, 31), False),
        ("2015", date(2015, 12, 31), False),
        ("31/02/2020", None, True),
        ("2014/2015", None, False),
        ("soon", None, False),
        ("", None, False),
    ],
)
def test_days(typed: str, day: date | None, is_whole: bool) -> None:
    assert day_of(typed) == (day, is_whole)


def test_broken_lines_are_told_and_stop_no_other(hq: Any, ashbrook: School) -> None:
    make.round_(year=2026)
    past = reads(
        hq,
        [
            line(School=""),
            line(Award_level=""),
            line(Date_of_award="soon"),
            line(Date_of_award="", Round=""),
            line(Date_of_award="12/07/2091"),
            line(Valid_until="12/07/2023"),
            line(Valid_until="later"),
            line(URN="12"),
            line(Certificate_number="a?b"),
            line(Certificate_number="PSQM-P-00007"),
            line(Certificate_number="psqm-26a-0001"),
            line(),
            [1, 2, 3],
        ],
    )
    assert {line: one for line, one in findings(past).items() if one != "broken"} == {13: "ready"}
    assert [one.message for one in past.rows.filter(problem__gt="").order_by("line")] == [
        "There is no school name",
        "There is no level",
        "“soon” is no date that we understand",
        "There is no date, nor a round",
        "“12/07/2091” isn’t the date of a past award",
        "It ends before it begins, or after more than twenty years",
        "“later” (valid until) is no date that we understand",
        "“12” is no URN: six digits",
        "The certificate number “a?b” has other signs than letters, figures and - . _",
        "The certificate number PSQM-P-00007 is of a series that the portal gives itself",
        "The certificate number PSQM-26A-0001 is of a series that the portal gives itself",
        "This row has 3 cells, not 12",
    ]


def test_how_long_it_lasts(hq: Any, ashbrook: School) -> None:
    make.round_(opens=date(2023, 9, 1), name="Autumn 2023", award_years=4)
    past = writes(
        hq,
        [
            line(Round="autumn 2023"),
            line(Award_level="Silver"),
            line(Award_level="Bronze", Valid_until="1 January 2026"),
        ],
    )
    until = dict(past.awards.values_list("past_line", "valid_until"))
    assert until == {2: date(2028, 7, 12), 3: date(2027, 7, 12), 4: date(2026, 1, 1)}


# Which school it is


def test_schools_are_found_by_how_sure(hq: Any, ashbrook: School) -> None:
    make.school(name="Elm Lane School", postcode="AB9 9ZZ", urn="100002", town="Elmbury")
    make.school(name="St Mary’s CofE Primary School", postcode="QX1 1AA", urn="100003", town="Quorn")
    make.school(name="St Mary’s Catholic School", postcode="QX2 2BB", urn="100004", town="Quorn")
    past = reads(
        hq,
        [
            line(School="Ashbrook School", URN="100001", Postcode=""),
            line(),
            line(School="Ashbrook Primary Schol", Date_of_award="1/1/2020"),
            line(School="Elm Lane School", Postcode="", Town="Elmbury"),
            line(School="Quite another", URN="100002", Postcode=""),
            line(School="St Marys School", Postcode="", Town="Quorn"),
            line(School="Nobody Knows It", Postcode="ZZ1 1ZZ"),
        ],
    )
    found = [(one.finding, one.sure) for one in past.rows.order_by("line")]
    assert found[0] == ("ready", "urn")
    assert found[1][1] == "name"
    assert found[2] == ("likely", "likely")
    assert found[3] == ("likely", "likely")
    assert found[4:] == [("choose", ""), ("choose", ""), ("missing", "")]
    assert row(past, 6).message == "URN 100002 is Elm Lane School in the portal"
    names = School.objects.filter(pk__in=row(past, 7).candidates).values_list("name", flat=True)
    assert set(names) == {"St Mary’s Catholic School"}


def test_a_merged_record_leads_to_the_one_that_stays(hq: Any, ashbrook: School) -> None:
    old = make.school(name="Ashbrook Juniors", postcode="AB1 2CD", urn="100009")
    merge(ashbrook, old, taken=(), by=hq, now=NOW)
    past = writes(hq, [line(School="Ashbrook Juniors", URN="100009")])
    assert past.awards.get().school == ashbrook


def test_hq_chooses_and_the_same_school_follows(hq: Any, ashbrook: School) -> None:
    lines = [line(School="Old Name", Postcode="ZZ1 1ZZ", Award_level=one) for one in ("Gold", "Silver")]
    past = reads(hq, [*lines, line(School="Another", Postcode="ZZ1 1ZZ")])
    assert past.counts == {"missing": 3}
    assert verbs.choose(row(past, 2), ashbrook, by=hq, now=NOW) == 2
    assert findings(past) == {2: "ready", 3: "ready", 4: "missing"}
    verbs.leave_out(row(past, 4), by=hq, now=NOW)
    assert findings(past)[4] == "left_out"
    verbs.leave_out(row(past, 4), by=hq, now=NOW, out=False)
    assert findings(past)[4] == "missing"
    writes(hq, past)
    assert past.counts == {"written": 2, "missing": 1}
    with pytest.raises(Refused, match="Its award is written"):
        verbs.choose(row(past, 2), ashbrook, by=hq, now=NOW)
    # What is settled later is written later.
    verbs.choose(row(past, 4), make.school(), by=hq, now=NOW)
    writes(hq, past)
    assert past.counts == {"written": 3}


def test_words_for_levels_are_said_once(hq: Any, ashbrook: School) -> None:
    past = reads(hq, [line(Award_level=one) for one in ("PSQM gold award", "Aurum", "aurum")])
    assert findings(past) == {2: "ready", 3: "level", 4: "level"}
    silver = make.framework().levels.get(name="Silver")
    verbs.name_words(past, {"Aurum": silver}, by=hq, now=NOW)
    assert findings(past) == {2: "ready", 3: "ready", 4: "double"}
    assert row(past, 3).level == silver
    assert PastWord.objects.get().word == "aurum"
    later = reads(hq, [line(Award_level="AURUM", Date_of_award="1/1/2020")])
    assert findings(later) == {2: "ready"}
    verbs.name_words(later, {"Aurum": None}, by=hq, now=NOW)
    assert findings(later) == {2: "level"}
    # What a level's own name means can be said otherwise too.
    verbs.name_words(past, {"gold": None}, by=hq, now=NOW)
    assert findings(past) == {2: "level", 3: "ready", 4: "double"}


def test_columns_are_named_once(hq: Any, ashbrook: School) -> None:
    header = ["Which one", "Medal", "When"]
    first = verbs.ask(as_csv([["Ashbrook Primary School", "Gold", "2020"]], header), sheet="", by=hq, now=NOW)
    assert (first.status, first.columns) == ("naming", {})
    with pytest.raises(Refused, match="Choose the columns of the school name and the level"):
        verbs.name_columns(first, {"school_name": 0}, by=hq, now=NOW)
    with pytest.raises(Refused, match="award’s date or of its round"):
        verbs.name_columns(first, {"school_name": 0, "level": 1}, by=hq, now=NOW)
    with pytest.raises(Refused, match="Choose each column once"):
        verbs.name_columns(first, {"school_name": 0, "level": 1, "awarded_on": 1}, by=hq, now=NOW)
    verbs.name_columns(first, {"school_name": 0, "level": 1, "awarded_on": 2}, by=hq, now=NOW)
    assert works(first).counts == {"choose": 1}
    again = as_csv([["Ashbrook Primary School", "Silver", "2021"]], ["WHICH ONE ", "medal", "When?"])
    second = verbs.ask(again, sheet="", by=hq, now=NOW)
    assert (second.status, second.columns) == ("waiting", first.columns)
    # Named otherwise while nothing is written: it is read anew.
    works(second)
    verbs.name_columns(second, {"school_name": 0, "level": 1, "round_name": 2}, by=hq, now=NOW)
    assert works(second).rows.get().round_name == "2021"
    assert PastColumns.objects.count() == 1


# Doubles


def test_doubles_are_found_in_the_file_and_with_what_is_there(hq: Any, ashbrook: School) -> None:
    writes(hq, [line(Certificate_number="A1", Round="Summer 2024")])
    past = reads(
        hq,
        [
            line(),
            line(Date_of_award="1/1/2024", Round="SUMMER 2024"),
            line(Date_of_award="1/1/2020", Certificate_number="a1"),
            line(Date_of_award="1/1/2021", Certificate_number="B2"),
            line(Date_of_award="1/1/2021", Certificate_number="B3"),
            line(Date_of_award="1/1/2022", Certificate_number="B2"),
            line(Award_level="Silver"),
        ],
    )
    assert findings(past) == {
        2: "double", 3: "double", 4: "double", 5: "ready", 6: "double", 7: "double", 8: "ready",
    }  # fmt: skip
    assert row(past, 4).message == "Its number is that of A1 of Ashbrook Primary School in the portal"
    assert row(past, 6).message == "School, level and date are those of line 5"
    writes(hq, past)
    assert Award.objects.count() == 3


def test_a_double_that_came_meanwhile_is_not_written(hq: Any, ashbrook: School) -> None:
    one, other = (reads(hq, [line()]) for _ in range(2))
    writes(hq, one)
    verbs.agree(other, by=hq, now=NOW)
    assert works(other).status == "read"
    assert findings(other) == {2: "double"}
    assert Award.objects.count() == 1


def test_the_database_wants_a_source_and_one_award_of_a_line(hq: Any, ashbrook: School) -> None:
    past = writes(hq, [line()])
    for change in ({"past_line": None}, {"past_import": None, "past_line": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            past.awards.update(**change)
    award = past.awards.get()
    award.pk, award.number = None, "OTHER"
    with pytest.raises(IntegrityError), transaction.atomic():
        award.save(force_insert=True)


# The job: once, whatever happens


def test_r10_reading_goes_on_where_it_stopped(
    hq: Any, ashbrook: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_reading, "BATCH", 2)
    past = ask(hq, [line(Date_of_award=f"{day}/7/2024") for day in range(1, 8)])
    _dies_after(monkeypatch, past_reading.Matcher, "match", 2)
    with pytest.raises(RuntimeError):
        work(past.pk, clock=lambda: NOW)
    assert past.rows.count() == 4
    monkeypatch.undo()
    works(past)
    assert list(findings(past)) == list(range(2, 9))
    assert past.counts == {"ready": 7}


def test_r10_writing_and_undoing_go_on_where_they_stopped(
    hq: Any, ashbrook: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = reads(hq, [line(Date_of_award=f"{day}/7/2024") for day in range(1, 8)])
    for module, verb, after in ((past_writing, verbs.agree, 7), (past_undoing, verbs.undo, 0)):
        verb(past, by=hq, now=NOW)
        monkeypatch.setattr(module, "BATCH", 2)
        _dies_after(monkeypatch, module.HistoryEntry.objects, "bulk_create", 2)
        with pytest.raises(RuntimeError):
            work(past.pk, clock=lambda: NOW)
        monkeypatch.undo()
        assert Award.objects.count() == (4 if after else 3)
        works(past)
        assert Award.objects.count() == after
    assert past.status == "read"
    assert past.counts == {"ready": 7}
    assert set(past.rows.values_list("note", flat=True)) == {"Written once and undone"}


def _dies_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, times: int) -> None:
    real = getattr(owner, name)
    done: list[int] = []

    def dies(*args: Any, **kwargs: Any) -> Any:
        if len(done) == times:
            raise RuntimeError("The power goes")
        done.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, dies)


def test_r11_a_task_delivered_twice_does_nothing_more(hq: Any, ashbrook: School) -> None:
    past = ask(hq, [line()])
    assert work(past.pk, clock=lambda: NOW)
    assert not work(past.pk, clock=lambda: NOW)
    verbs.agree(past, by=hq, now=NOW)
    assert work(past.pk, clock=lambda: NOW)
    assert not work(past.pk, clock=lambda: NOW)
    assert Award.objects.count() == 1


def test_who_was_overtaken_writes_nothing(hq: Any, ashbrook: School) -> None:
    past = reads(hq, [line()])
    verbs.agree(past, by=hq, now=NOW)
    late = verbs.JOBS.take_up(past.pk, NOW)
    assert late is not None
    assert verbs.JOBS.take_up(past.pk, NOW) is None
    assert verbs.JOBS.waiting(NOW + STALE) == [past.pk]
    assert verbs.JOBS.take_up(past.pk, NOW + STALE) is not None
    with pytest.raises(past_writing.Overtaken):
        past_writing.write(late, clock=lambda: NOW)
    assert not Award.objects.exists()


def test_what_never_ends_is_given_up_and_can_be_tried_again(
    hq: Any, ashbrook: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = reads(hq, [line()])
    verbs.agree(past, by=hq, now=NOW)
    assert verbs.JOBS.waiting(NOW + PATIENCE) == [past.pk]
    monkeypatch.setattr(past_writing, "_make", _broken)
    for _ in range(MAX_TRIES):
        with pytest.raises(RuntimeError):
            work(past.pk, clock=lambda: NOW)
    past.refresh_from_db()
    assert (past.status, past.problem) == ("read", HOPELESS)
    monkeypatch.undo()
    writes(hq, past)
    past.refresh_from_db()
    assert (past.problem, Award.objects.count()) == ("", 1)
    # A reading that kills its worker each time fails for good.
    other = ask(hq, [line(Award_level="Silver")])
    PastImport.objects.filter(pk=other.pk).update(status="reading", tries=MAX_TRIES)
    verbs.fail_the_hopeless(now=NOW + STALE + timedelta(minutes=1))
    other.refresh_from_db()
    assert (other.status, other.problem, other.key) == ("failed", HOPELESS, "")


def _broken(*_: Any) -> None:
    raise RuntimeError("Each time")


def test_the_file_waits_for_its_columns_and_goes_when_written(
    hq: Any, ashbrook: School, django_capture_on_commit_callbacks: Any
) -> None:
    past = verbs.ask(as_csv([line()]), sheet="", by=hq, now=NOW)
    sweep_orphans(NOW + timedelta(days=3000))
    assert default_storage.exists(past.key)
    key = past.key
    verbs.name_columns(past, guess(past.header), by=hq, now=NOW)
    works(past)
    with django_capture_on_commit_callbacks(execute=True):
        writes(hq, past)
    dropped = ask(hq, [line(Award_level="Silver")])
    with django_capture_on_commit_callbacks(execute=True):
        verbs.drop(dropped, by=hq, now=NOW)
    assert not [one for one in (key, dropped.key) if default_storage.exists(one)]
    assert not dropped.rows.exists()
    with pytest.raises(Refused, match="can’t be dropped any more"):
        verbs.drop(past, by=hq, now=NOW)


def test_a_file_that_is_gone_is_told(hq: Any) -> None:
    past = ask(hq, [line()])
    default_storage.delete(past.key)
    assert works(past).status == "failed"
    assert past.problem == "The file was gone before it was read. Upload it again."


# Undoing


def test_undo_keeps_what_something_hangs_on(hq: Any, ashbrook: School) -> None:
    past = writes(hq, [line(Award_level=level) for level in ("Gold", "Silver", "Bronze")])
    gold, silver = (past.awards.get(past_line=number) for number in (2, 3))
    awarding.revoke(gold, reason="A mistake", by=hq, now=NOW)
    ask_for(silver, now=NOW)
    undoes(hq, past)
    assert past.status == "done"
    assert set(Award.objects.values_list("past_line", flat=True)) == {2, 3}
    assert findings(past) == {2: "written", 3: "written", 4: "ready"}
    assert row(past, 2).message == "Not undone: it is revoked by now"
    assert row(past, 3).message == "Not undone: it has a certificate by now"


def test_undo_after_a_merge(hq: Any, ashbrook: School) -> None:
    other = make.school(name="Twice", postcode="AB1 2CD")
    past = writes(hq, [line(), line(School="Twice", Award_level="Silver")])
    merge(ashbrook, other, taken=(), by=hq, now=NOW)
    assert set(past.awards.values_list("school", flat=True)) == {ashbrook.pk}
    undoes(hq, past)
    assert not Award.objects.exists()
    assert set(past.rows.values_list("school", flat=True)) == {ashbrook.pk}
    writes(hq, past)
    assert ashbrook.awards.count() == 2
    assert {one.number for one in ashbrook.awards.all()} == {"PSQM-P-00003", "PSQM-P-00004"}


# Who sees them


def test_the_school_its_people_and_hubs_that_look_for_schools(hq: Any, ashbrook: School) -> None:
    writes(hq, [line(), line(Award_level="Silver", Date_of_award="2/2/2019")])
    found = with_awards(School.objects.all()).get()
    assert (found.award_until, found.award_level) == (date(2027, 7, 12), "Gold")
    seen = [make.member(ashbrook, Role.SUBJECT_LEADER), make.member(ashbrook, Role.HEADTEACHER), hq]
    unseen = [
        make.member(ashbrook, Role.SCHOOL_FINANCE), make.member(make.school()), make.hub_member(make.hub()),
        make.hq(Role.HQ_VIEWER), make.hq(Role.HQ_FINANCE), make.user(),
    ]  # fmt: skip
    assert [awards_visible_to(user).count() for user in seen] == [2, 2, 2]
    assert [awards_visible_to(user).count() for user in unseen] == [0] * 6


def test_only_hqs_admins_bring_awards_in(hq: Any, ashbrook: School) -> None:
    past, person = reads(hq, [line()]), make.hq(Role.HQ_VIEWER)
    calls = [
        lambda: verbs.ask(as_csv([line()]), sheet="", by=person, now=NOW),
        lambda: verbs.name_columns(past, {}, by=person, now=NOW),
        lambda: verbs.name_words(past, {}, by=person, now=NOW),
        lambda: verbs.choose(row(past, 2), ashbrook, by=person, now=NOW),
        lambda: verbs.leave_out(row(past, 2), by=person, now=NOW),
        lambda: verbs.agree(past, by=person, now=NOW),
        lambda: verbs.undo(past, by=person, now=NOW),
        lambda: verbs.drop(past, by=person, now=NOW),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied):
            call()


def test_a_workbook_is_read_like_a_csv(hq: Any, ashbrook: School) -> None:
    day = date(2024, 7, 12)
    rows = [["Awards of all years"], [], HEADER, line(Date_of_award=day, URN=100001.0), [], line(URN=100001)]
    past = reads(hq, as_book({"Notes": [["x"]], "Awards": rows}), sheet="awards")
    assert (past.sheet, past.other_sheets, past.head_line) == ("Awards", ["Notes"], 3)
    assert findings(past) == {4: "ready", 6: "double"}
    assert (row(past, 4).awarded_on, row(past, 4).urn) == (day, "100001")
