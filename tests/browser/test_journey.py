"""A school's year from end to end in a real browser, each person at their own (issue 2, point 12; Q01, Q04).

Everything is done on the pages that people use. The only things from outside are the installer's command that
invites the first of HQ, the mail (read from its records) and the calendar.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import awarding, joining, working
from tests.browser.cast import Cast
from tests.browser.stage import Stage

pytestmark = [pytest.mark.minutes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage(request, browser: Browser, portal_url: str):
    failed = request.session.testsfailed
    stage = Stage(browser, portal_url, **request.param)
    yield stage
    if request.session.testsfailed > failed:
        stage.tells_what_was_seen()
    stage.leave()


def played(name: str, **how: bool) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", [pytest.param(how, id=name)], indirect=True)


def the_year(stage: Stage, folder: Path) -> None:
    cast = Cast(stage)
    a_school_gets_its_place(cast)
    it_works_for_a_year(cast, folder)
    it_is_signed_off_and_submits(cast)
    it_is_reviewed_and_awarded(cast)
    everybody_is_paid(cast)


def a_school_gets_its_place(cast: Cast) -> None:
    cast.stage.is_day("2026-06-10")
    joining.hq_comes_in(cast)
    joining.hq_invites_finance(cast)
    joining.hq_makes_the_round(cast)
    joining.hq_changes_a_date(cast)
    joining.finance_sets_the_fees(cast)
    joining.hq_opens_the_round(cast)
    for name, leader in zip(["Chilterns", "Fens", "Wolds"], [cast.hub_leader, *cast.reviewers], strict=True):
        joining.hq_makes_a_hub(cast, name, leader)
        joining.hub_leader_comes_in(cast, leader)
    cast.stage.is_day("2026-06-15")
    joining.a_school_registers(cast)
    joining.headteacher_agrees(cast)
    joining.hq_passes_the_registration(cast)
    joining.hub_leader_accepts(cast)
    joining.school_people_come_in(cast)
    joining.headteacher_sees_the_invoice(cast)


def it_works_for_a_year(cast: Cast, folder: Path) -> None:
    cast.stage.is_day("2026-09-10")
    working.hub_leader_trains(cast)
    cast.stage.is_day("2026-10-12")
    working.a_worker_reminds_who_owes_the_audit(cast)
    working.subject_leader_rates_the_audit(cast)
    working.subject_leader_proposes_a_level(cast, "Silver")
    working.hub_leader_confirms_the_level(cast, "Silver")
    cast.stage.is_day("2026-11-10")
    working.subject_leader_writes_the_plan(cast)
    working.subject_leader_sends_the_plan(cast)
    working.hub_leader_returns_the_plan(cast)
    working.subject_leader_changes_the_plan(cast)
    working.subject_leader_sends_the_plan(cast)
    working.hub_leader_approves_the_plan(cast)
    working.they_write_to_each_other(cast)
    cast.stage.is_day("2027-02-04")
    working.subject_leader_adds_a_photo(cast, folder)
    working.the_photo_tells_no_place(cast)
    working.subject_leader_adds_a_document(cast, folder)
    working.the_piece_opens(cast)


def it_is_signed_off_and_submits(cast: Cast) -> None:
    cast.stage.is_day("2027-06-03")
    if cast.stage.javascript:
        working.text_is_saved_while_typing(cast)
    working.subject_leader_writes_reflections(cast)
    working.subject_leader_writes_core_documents(cast)
    working.hub_leader_reads_and_answers(cast)
    working.hub_leader_signs_every_part(cast)
    working.subject_leader_sends_for_sign_off(cast)
    working.hub_leader_signs_off(cast)
    working.subject_leader_submits(cast)


def it_is_reviewed_and_awarded(cast: Cast) -> None:
    cast.stage.is_day("2027-07-12")
    awarding.hq_assigns_the_reviewers(cast)
    cast.stage.is_day("2027-08-20")
    for reviewer in cast.reviewers:
        awarding.reviewer_reviews(cast, reviewer)
    awarding.reviewer_sees_no_drafts(cast, cast.reviewers[0])
    cast.stage.is_day("2027-09-10")
    awarding.hq_decides(cast)
    awarding.nobody_knows_yet(cast)
    cast.stage.is_day("2027-09-15")
    awarding.hq_releases(cast)
    awarding.a_worker_makes_the_certificate(cast)
    awarding.school_reads_the_outcome(cast)
    awarding.anybody_checks_it(cast, awarding.headteacher_downloads_the_certificate(cast))


def everybody_is_paid(cast: Cast) -> None:
    awarding.headteacher_downloads_the_invoice(cast)
    awarding.finance_records_the_payment(cast)
    awarding.leaders_see_their_earnings(cast)
    awarding.finance_exports_what_is_owed(cast)


@played("javascript", javascript=True, checks=False)
def test_the_year(stage: Stage, tmp_path: Path) -> None:
    the_year(stage, tmp_path)


@pytest.mark.slow
@played("javascript", javascript=True)
def test_q01_each_page(stage: Stage, tmp_path: Path) -> None:
    """The same with every page looked at."""
    the_year(stage, tmp_path)


@pytest.mark.sqlite_only
@played("plain", javascript=False, checks=False)
def test_q04_the_year_without_javascript(stage: Stage, tmp_path: Path) -> None:
    the_year(stage, tmp_path)


@pytest.mark.slow
@played("plain", javascript=False)
def test_q01_each_page_without_javascript(stage: Stage, tmp_path: Path) -> None:
    """The same on PostgreSQL and Redis, every page looked at: each has to be drawn a second time for that."""
    the_year(stage, tmp_path)
