"""The close, by the server's clock and each school's own date."""

from datetime import UTC, date, datetime

import pytest

from psqm_portal.core.machine import Refused
from rounds.models import Milestone, Round, Step
from submissions.domain.closing import close_due
from submissions.domain.machine import submission_machine
from submissions.models import Extension, Submission
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle() -> Round:
    made = make.round_()
    Milestone.objects.filter(round=made, step=Step.SUBMIT).update(due_on=date(2027, 6, 30))
    return made


def _extend(submission: Submission, until: date) -> None:
    Extension.objects.create(
        submission=submission, step=Step.SUBMIT, until=until, reason="Flood", granted_at=make.NOW
    )


def test_closes_when_the_london_day_is_over_and_not_before(cycle: Round) -> None:
    """30 June ends in London at 23:00 UTC, for it is summer time."""
    submission = make.submission(cycle=cycle)
    before, after = datetime(2027, 6, 30, 22, 59, 59, tzinfo=UTC), datetime(2027, 6, 30, 23, 0, tzinfo=UTC)
    assert close_due(before) == (0, [])
    assert close_due(after) == (1, [])
    submission.refresh_from_db()
    assert submission.status == "not_submitted"
    assert close_due(after) == (0, [])


def test_the_close_binds_the_submit_to_the_second(cycle: Round) -> None:
    submission = make.submission(cycle=cycle, status="signed_off")
    make.sign_off_parts(submission)
    leader = make.member(submission.school)
    late = datetime(2027, 6, 30, 23, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="closed for your school at the end of Wednesday 30 June 2027"):
        submission_machine.perform(submission, "submit", by=leader, now=late)
    in_time = datetime(2027, 6, 30, 22, 59, 59, tzinfo=UTC)
    assert submission_machine.perform(submission, "submit", by=leader, now=in_time).status == "submitted"


def test_an_extension_is_the_schools_own_date(cycle: Round) -> None:
    extended, other = make.submission(cycle=cycle), make.submission(cycle=cycle)
    _extend(extended, date(2027, 7, 5))
    _extend(extended, date(2027, 7, 14))
    assert close_due(datetime(2027, 7, 6, tzinfo=UTC)) == (1, [])
    assert set(Submission.objects.filter(status="not_submitted")) == {other}
    assert close_due(datetime(2027, 7, 14, 23, 0, tzinfo=UTC)) == (1, [])


def test_a_school_that_asked_in_time_waits_for_its_answer(cycle: Round) -> None:
    in_time = make.submission(cycle=cycle, status="with_hub")
    too_late = make.submission(
        cycle=cycle, status="with_hub", sent_for_sign_off_at=datetime(2027, 6, 29, tzinfo=UTC)
    )
    closed, waiting = close_due(datetime(2027, 7, 1, tzinfo=UTC))
    assert (closed, waiting) == (1, [in_time])
    too_late.refresh_from_db()
    assert too_late.status == "not_submitted"
