"""The close as the product's section 3 says it: who waits, who is told, and being let in late."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Milestone, Round, Step
from submissions import tasks
from submissions.domain.closing import close_due
from submissions.domain.guards import last_day_to_send
from submissions.domain.machine import submission_machine
from submissions.models import Extension, Part, Submission
from submissions.queries import due_on
from tests import factories as make

pytestmark = pytest.mark.django_db

CLOSE, SEND_BY = date(2027, 6, 30), date(2027, 6, 16)
AFTER = datetime(2027, 7, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def cycle() -> Round:
    made = make.round_()
    Milestone.objects.filter(round=made, step=Step.SUBMIT).update(due_on=CLOSE)
    Milestone.objects.filter(round=made, step=Step.SEND_FOR_SIGN_OFF).update(due_on=SEND_BY)
    return made


def _extend(submission: Submission, until: date, step: str = Step.SUBMIT) -> None:
    Extension.objects.create(
        submission=submission, step=step, until=until, reason="Flood", granted_at=make.NOW
    )


def _sent(cycle: Round, on: date) -> Submission:
    at = datetime(on.year, on.month, on.day, 12, 0, tzinfo=UTC)
    return make.submission(cycle=cycle, status="with_hub", sent_for_sign_off_at=at)


@pytest.mark.parametrize("status", ["enrolled", "with_hub", "signed_off"])
def test_every_open_stage_closes(cycle: Round, status: str) -> None:
    sent_at = AFTER if status == "with_hub" else None
    submission = make.submission(cycle=cycle, status=status, sent_for_sign_off_at=sent_at)
    assert close_due(AFTER) == (1, [])
    submission.refresh_from_db()
    assert (submission.status, submission.seat is not None) == ("not_submitted", True)


def test_hq_is_told_once_of_a_school_that_waits_and_it_stays_open_for_weeks(cycle: Round) -> None:
    submission, hq = _sent(cycle, SEND_BY), make.hq()
    for day in range(30):
        with time_machine.travel(AFTER + timedelta(days=day), tick=False):
            tasks.close_due()
            tasks.close_due()
    submission.refresh_from_db()
    assert submission.status == "with_hub"
    mail = Email.objects.get(recipient=hq, template="submissions/mail/late_answer")
    assert submission.school.name in mail.subject


@pytest.mark.parametrize("answer", ["return", "sign_off"])
def test_a_late_answer_leaves_a_week_to_the_end_of_its_day(cycle: Round, answer: str) -> None:
    submission = _sent(cycle, SEND_BY)
    hub_leader, leader = make.hub_member(submission.hub), make.member(submission.school)
    if answer == "sign_off":
        make.sign_off_parts(submission)
    else:
        Part.objects.filter(submission=submission, code="a1").update(status=Part.Status.RETURNED)
    answered = datetime(2027, 7, 10, 22, 59, tzinfo=UTC)  # a minute to midnight in London
    submission_machine.perform(submission, answer, by=hub_leader, now=answered, reason="Have a look")
    assert due_on(submission, Step.SUBMIT) == date(2027, 7, 17)
    last = datetime(2027, 7, 17, 22, 59, 59, tzinfo=UTC)
    assert close_due(last) == (0, [])
    if answer == "sign_off":
        done = submission_machine.perform(submission, "submit", by=leader, now=last)
        assert done.status == "submitted"
    else:
        assert close_due(last + timedelta(seconds=1)) == (1, [])


def test_in_time_moves_along_with_a_later_close_of_its_own(cycle: Round) -> None:
    """The round asks for sign-off 14 days before the close; so does an extended one before its own."""
    extended, not_extended = _sent(cycle, date(2027, 6, 28)), _sent(cycle, date(2027, 6, 28))
    _extend(extended, date(2027, 7, 14))
    assert (last_day_to_send(extended), last_day_to_send(not_extended)) == (date(2027, 6, 30), SEND_BY)
    assert close_due(datetime(2027, 7, 15, 9, 0, tzinfo=UTC)) == (1, [extended])
    not_extended.refresh_from_db()
    assert not_extended.status == "not_submitted"
    _extend(extended, date(2027, 6, 20), Step.SEND_FOR_SIGN_OFF)
    assert last_day_to_send(extended) == date(2027, 6, 30)


def test_let_in_late_opens_the_work_until_its_day_and_closes_again(cycle: Round) -> None:
    submission, hq = make.submission(cycle=cycle), make.hq()
    leader = make.member(submission.school)
    make.sign_off_parts(submission)
    close_due(AFTER)
    until = date(2027, 7, 20)
    let_in = submission_machine.perform(
        submission, "let_in_late", by=hq, now=AFTER, reason="The leader was ill", until=until
    )
    assert (let_in.status, due_on(let_in, Step.SUBMIT)) == ("enrolled", until)
    extension = let_in.extensions.get()
    assert (extension.reason, extension.granted_by) == ("The leader was ill", hq)
    assert close_due(datetime(2027, 7, 20, 22, 59, tzinfo=UTC)) == (0, [])
    Submission.objects.filter(pk=let_in.pk).update(
        status="signed_off", target_level=cycle.framework.levels.first()
    )
    at = datetime(2027, 7, 20, 22, 59, 59, tzinfo=UTC)
    assert submission_machine.perform(let_in, "submit", by=leader, now=at).status == "submitted"


def test_let_in_late_closes_again_when_its_day_is_over(cycle: Round) -> None:
    submission = make.submission(cycle=cycle)
    close_due(AFTER)
    submission_machine.perform(
        submission, "let_in_late", by=make.hq(), now=AFTER, reason="Ill", until=date(2027, 7, 2)
    )
    assert close_due(datetime(2027, 7, 2, 23, 0, tzinfo=UTC)) == (1, [])
    submission.refresh_from_db()
    assert submission.status == "not_submitted"


def test_let_in_late_needs_hq_a_reason_a_day_ahead_and_no_other_live_submission(cycle: Round) -> None:
    submission, hq = make.submission(cycle=cycle), make.hq()
    close_due(AFTER)

    def let_in(by=hq, **given) -> None:
        given = {"reason": "Ill", "until": date(2027, 7, 9), **given}
        submission_machine.perform(submission, "let_in_late", by=by, now=AFTER, **given)

    for person in (make.hq(Role.HQ_VIEWER), make.hub_member(submission.hub), make.member(submission.school)):
        with pytest.raises(PermissionDenied):
            let_in(by=person)
    with pytest.raises(Refused, match="Write the reason"):
        let_in(reason=" ")
    with pytest.raises(Refused, match="Choose a date from today on"):
        let_in(until=date(2027, 6, 30))
    elsewhere = make.submission(place=submission.school)
    with pytest.raises(Refused, match="already takes part in"):
        let_in()
    Submission.objects.filter(pk=elsewhere.pk).update(status="withdrawn", seat=None)
    let_in()


def test_one_that_fails_doesnt_hold_up_the_rest(cycle: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make.submission(cycle=cycle), make.submission(cycle=cycle)
    perform = type(submission_machine).perform

    def fail(self, subject, *args, **kwargs):
        if subject.pk == first.pk:
            raise RuntimeError("The disk is full")
        return perform(self, subject, *args, **kwargs)

    monkeypatch.setattr(type(submission_machine), "perform", fail)
    assert close_due(AFTER) == (1, [])
    monkeypatch.undo()
    assert close_due(AFTER) == (1, [])
    assert set(Submission.objects.values_list("status", flat=True)) == {"not_submitted"}
    assert second.pk


def test_a_soft_date_binds_nobody(cycle: Round) -> None:
    """Everything but the close may be done late: sign-off is asked for a day after its date."""
    submission = make.submission(cycle=cycle, target_level=cycle.framework.levels.first())
    leader = make.member(submission.school)
    make.sign_off_parts(submission)
    late = datetime(2027, 6, 17, 9, 0, tzinfo=UTC)
    sent = submission_machine.perform(submission, "send_for_sign_off", by=leader, now=late)
    assert (sent.status, last_day_to_send(sent)) == ("with_hub", SEND_BY)
