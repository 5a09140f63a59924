"""One school's later date: who gives it, what it can't be, and that everything goes by it."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied

from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.registers import duties
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from submissions.domain import extensions
from submissions.domain.closing import close_due
from submissions.domain.machine import submission_machine
from submissions.models import ExtensionRequest, Submission
from submissions.pages.dates import deadlines_of
from submissions.pages.extensions import one_click
from submissions.queries import due_on, roles_towards
from tests import factories as make
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

SENT, CLOSE = date(2027, 6, 15), date(2027, 6, 29)  # of make.round_()


@pytest.fixture
def school() -> Submission:
    return make.submission()


def _give(submission: Submission, step: Step, until: date, *, by=None, now=make.NOW, why="A flood"):
    return extensions.give(submission, step, until, why=why, by=by or make.hq(), now=now)


def test_everything_goes_by_the_schools_own_date(school: Submission) -> None:
    """Duties, reminders' dates, the year's line, the close and the submit ask the same date."""
    milestone = Milestone.objects.get(round=school.round, step=Step.SUBMIT, audience=Audience.SCHOOL)
    _give(school, Step.SUBMIT, date(2027, 7, 14))
    assert due_on(school, Step.SUBMIT) == date(2027, 7, 14)
    (owed,) = duties[Step.SUBMIT, Audience.SCHOOL](milestone, make.NOW, None)
    assert owed.due_on == date(2027, 7, 14)
    rows = {row.step: row for row in deadlines_of(school)}
    assert (rows["submit"].due_on, rows["submit"].extended, rows["submit"].reason) == (
        date(2027, 7, 14), True, "A flood",
    )  # fmt: skip
    assert close_due(datetime(2027, 7, 14, 22, 59, tzinfo=UTC)) == (0, [])
    assert close_due(datetime(2027, 7, 14, 23, 0, tzinfo=UTC)) == (1, [])


def test_the_day_to_send_for_sign_off_moves_along(school: Submission) -> None:
    """As far before the day to submit as in the round, so that the school asks in time for an answer."""
    leader = make.member(school.school)
    _give(school, Step.SUBMIT, date(2027, 7, 14))
    assert due_on(school, Step.SEND_FOR_SIGN_OFF) == date(2027, 7, 14) - (CLOSE - SENT)
    assert "moves along, to Wednesday 30 June 2027" in Email.objects.get(recipient=leader).text
    own = _give(school, Step.SEND_FOR_SIGN_OFF, date(2027, 7, 5))
    _give(school, Step.SUBMIT, date(2027, 7, 15))
    assert due_on(school, Step.SEND_FOR_SIGN_OFF) == own.until


@pytest.mark.parametrize(
    ("rounds", "due"), [(CLOSE, date(2027, 7, 14)), (date(2027, 7, 20), date(2027, 7, 20))]
)
def test_the_hub_leader_has_as_long_to_answer(rounds: date, due: date) -> None:
    """The later counts: the school's own day, or the one that the round gives the hub leader."""
    school = make.submission(status="with_hub")
    leader = make.hub_member(school.hub)
    milestone = Milestone.objects.get(round=school.round, step=Step.FINALISE)
    milestone.due_on = rounds
    _give(school, Step.SUBMIT, date(2027, 7, 14))
    (owed,) = duties[Step.FINALISE, Audience.HUB_LEADER](milestone, make.NOW, leader)
    assert owed.due_on == due


def test_a_date_can_be_shortened_again_to_the_rounds_own(school: Submission) -> None:
    _give(school, Step.AUDIT, date(2026, 11, 20))
    _give(school, Step.AUDIT, date(2026, 11, 10))
    assert due_on(school, Step.AUDIT) == date(2026, 11, 10)
    rounds_own = Milestone.objects.get(round=school.round, step=Step.AUDIT).due_on
    with pytest.raises(Refused, match="from today on"):
        _give(school, Step.AUDIT, rounds_own)
    early = datetime(2026, 10, 5, 9, tzinfo=UTC)
    _give(school, Step.AUDIT, rounds_own, now=early)
    assert not {row.step: row for row in deadlines_of(school)}["audit"].extended


@pytest.mark.parametrize(
    ("step", "until", "sentence"),
    [
        (Step.ACTION_PLAN, date(2026, 11, 2), "from today on"),
        (Step.ACTION_PLAN, date(2026, 11, 29), "round's own date is Monday 30 November 2026"),
        (Step.ACTION_PLAN, date(2026, 11, 30), "is the date already"),
        (Step.ACTION_PLAN, date(2027, 6, 30), "submits its work by Tuesday 29 June 2027"),
        (Step.NOTIFY, date(2027, 12, 1), "Choose a step"),
        (Step.IMPLEMENT, date(2027, 3, 1), "Choose a step"),  # the round has no such milestone
    ],
)
def test_a_date_that_cant_be_is_refused_with_the_reason(
    school: Submission, step: Step, until: date, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        _give(school, step, until)
    assert not school.extensions.exists()


@pytest.mark.parametrize("status", ["submitted", "in_review", "notified", "not_submitted", "withdrawn"])
def test_only_while_the_school_works(status: str) -> None:
    with pytest.raises(Refused, match="can't be done now"):
        _give(make.submission(status=status), Step.SUBMIT, date(2027, 7, 14))


def test_only_hq_gives_and_only_the_hub_leader_asks(school: Submission) -> None:
    others = [make.member(school.school), make.hub_member(school.hub, Role.MENTOR), make.hq(Role.HQ_VIEWER)]
    for person in [*others, make.hub_member(school.hub)]:
        with pytest.raises(PermissionDenied):
            _give(school, Step.SUBMIT, date(2027, 7, 14), by=person)
    for person in [*others, make.hq()]:
        with pytest.raises(PermissionDenied):
            extensions.ask(school, Step.SUBMIT, date(2027, 7, 14), by=person, now=make.NOW)


def test_school_and_hub_leader_are_told_once_each_with_the_reason(school: Submission) -> None:
    told = {
        make.member(school.school),
        make.member(school.school, Role.HEADTEACHER),
        make.hub_member(school.hub),
    }
    make.hub_member(school.hub, Role.MENTOR)
    _give(school, Step.ACTION_PLAN, date(2026, 12, 11), why="Our hall was flooded.")
    mails = Email.objects.filter(template="submissions/mail/extended")
    assert {mail.recipient for mail in mails} == told
    assert mails.count() == 3
    assert str(school.school) in mails[0].subject
    assert "Friday 11 December 2026" in mails[0].subject
    assert "Our hall was flooded." in mails[0].text
    assert "moves along" not in mails[0].text
    entry = HistoryEntry.objects.get(machine="submission", action="extend")
    assert entry.reason == (
        "Action plan: until Friday 11 December 2026 instead of Monday 30 November 2026."
        "\n\nOur hall was flooded."
    )


def test_a_request_is_asked_once_changed_and_granted(school: Submission) -> None:
    leader, admin = make.hub_member(school.hub), make.hq()
    asked = extensions.ask(school, Step.SUBMIT, date(2027, 7, 13), by=leader, now=make.NOW)
    again = extensions.ask(school, Step.SUBMIT, date(2027, 8, 1), by=leader, now=make.NOW)
    assert (again, ExtensionRequest.objects.count()) == (asked, 1)
    assert [mail.recipient for mail in Email.objects.all()] == [admin]
    extensions.change(asked, until=date(2027, 7, 20), why="Illness", by=leader, now=make.NOW)
    assert due_on(school, Step.SUBMIT) == CLOSE
    done = extensions.grant(asked, until=date(2027, 7, 16), answer="Two weeks.", by=admin, now=make.NOW)
    assert due_on(school, Step.SUBMIT) == date(2027, 7, 16)
    assert (done.extension.reason, done.answered_by, done.until) == ("Two weeks.", admin, date(2027, 7, 20))
    for verb in (
        partial(extensions.grant, asked, until=date(2027, 8, 1), answer="Yes.", by=admin, now=make.NOW),
        partial(extensions.decline, asked, answer="No", by=admin, now=make.NOW),
        partial(extensions.change, asked, until=date(2027, 8, 1), why="", by=leader, now=make.NOW),
        partial(extensions.take_back, asked, by=leader, now=make.NOW),
    ):
        with pytest.raises(Refused, match="answered already"):
            verb()


def test_a_declined_request_leaves_the_date_and_tells_both(school: Submission) -> None:
    leader, head = make.hub_member(school.hub), make.member(school.school, Role.HEADTEACHER)
    asked = extensions.ask(school, Step.SUBMIT, date(2027, 7, 13), by=leader, now=make.NOW)
    with pytest.raises(Refused, match="Write why not"):
        extensions.decline(asked, answer=" ", by=make.hq(), now=make.NOW)
    with pytest.raises(PermissionDenied):
        extensions.decline(asked, answer="No", by=leader, now=make.NOW)
    extensions.decline(asked, answer="The reviewers wait.", by=make.hq(), now=make.NOW)
    assert not school.extensions.exists()
    mails = Email.objects.filter(template="submissions/mail/extension_declined")
    assert {mail.recipient for mail in mails} == {leader, head}
    assert "Tuesday 29 June 2027" in mails[0].text
    assert "The reviewers wait." in mails[0].text
    # Another request may follow an answered one.
    extensions.ask(school, Step.SUBMIT, date(2027, 7, 13), by=leader, now=make.NOW)


def test_s03_what_the_hub_leader_wrote_to_hq_never_reaches_the_school(school: Submission) -> None:
    make.member(school.school)
    asked = extensions.ask(
        school, Step.SUBMIT, date(2027, 7, 13), why="Her mother is ill.", by=make.hub_member(school.hub),
        now=make.NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="Write the reason"):
        extensions.grant(asked, until=date(2027, 7, 13), answer="", by=make.hq(), now=make.NOW)
    extensions.grant(asked, until=date(2027, 7, 13), answer="Granted.", by=make.hq(), now=make.NOW)
    assert not school.extensions.filter(reason__contains="mother").exists()
    assert not HistoryEntry.objects.filter(reason__contains="mother").exists()
    assert not Email.objects.filter(template="submissions/mail/extended", text__contains="mother").exists()


def test_a_leader_who_left_cant_change_what_they_asked(school: Submission) -> None:
    leader = make.hub_member(school.hub)
    asked = extensions.ask(school, Step.SUBMIT, date(2027, 7, 13), by=leader, now=make.NOW)
    leader.hub_memberships.update(ended_at=make.NOW + timedelta(hours=1))
    assert not roles_towards(leader, school)
    with pytest.raises(PermissionDenied):
        extensions.take_back(asked, by=leader, now=make.NOW)


@pytest.mark.parametrize(
    ("next_step", "today", "expected"),
    [
        ("audit", date(2026, 10, 20), ("audit", date(2026, 11, 14))),
        ("audit", date(2026, 11, 20), ("audit", date(2026, 12, 4))),  # late: two weeks from today
        ("send_for_sign_off", date(2027, 6, 1), ("send_for_sign_off", CLOSE)),  # never beyond the close
        ("send_for_sign_off", date(2027, 6, 30), ("submit", date(2027, 7, 14))),
        ("submit", date(2027, 6, 1), ("submit", CLOSE + timedelta(days=14))),
        ("notify", date(2027, 9, 1), None),
        (None, date(2027, 9, 1), None),
    ],
)
def test_one_click_asks_for_the_next_open_step(
    school: Submission, next_step: str | None, today: date, expected: tuple[str, date] | None
) -> None:
    click = one_click(school, next_step, deadlines_of(school), today)
    assert (click and (click.step.value, click.until)) == expected


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_eight_grants_and_declines_are_one_answer() -> None:
    school = make.submission()
    asked = extensions.ask(
        school, Step.SUBMIT, date(2027, 7, 13), by=make.hub_member(school.hub), now=make.NOW
    )
    admin = make.hq()
    grants = [
        partial(extensions.grant, asked, until=date(2027, 7, 13), answer="Yes.", by=admin, now=make.NOW)
    ] * 4
    declines = [partial(extensions.decline, asked, answer="No", by=admin, now=make.NOW)] * 4
    results = at_once([*grants, *declines])
    assert sum(isinstance(one, ExtensionRequest) for one in results) == 1
    assert sum(isinstance(one, Refused) for one in results) == 7
    asked.refresh_from_db()
    assert school.extensions.filter(step=Step.SUBMIT).count() == (1 if asked.extension_id else 0)


def test_the_moves_page_of_hq_names_it(school: Submission) -> None:
    offers = {one.action for one in submission_machine.offers(school, by=make.hq(), now=make.NOW)}
    assert {"extend", "move_hub", "hand_over"} <= offers
