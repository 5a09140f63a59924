"""R05: the clocks change. Days of 23 and 25 hours keep their deadline, their one reminder, their wall clock.

Instants are written out in UTC, from the calendar and not from the code: London is an hour ahead of it from
the last Sunday of March, 1 am UTC, to the last Sunday of October, 1 am UTC.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from messaging.models import Email
from psqm_portal.core.clock import LONDON, end_of, london_day, start_of
from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import clock_time, long_datetime, short_datetime
from rounds.domain.reminders import send_reminders
from rounds.models import Milestone, Reminder, Round, Step
from submissions.domain.closing import close_due
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from tests import factories as make

pytestmark = pytest.mark.django_db


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


# The last day on which schools submit, and the instant at which it is over.
CLOSES = [
    (date(2026, 10, 24), utc(2026, 10, 24, 23)),
    (date(2026, 10, 25), utc(2026, 10, 26, 0)),
    (date(2027, 3, 27), utc(2027, 3, 28, 0)),
    (date(2027, 3, 28), utc(2027, 3, 28, 23)),
    (date(2027, 10, 30), utc(2027, 10, 30, 23)),
    (date(2027, 10, 31), utc(2027, 11, 1, 0)),
]
# The day of a change, how long it is, and the instant at which it begins.
CHANGES = [
    (date(2026, 10, 25), 25, utc(2026, 10, 24, 23)),
    (date(2027, 3, 28), 23, utc(2027, 3, 28, 0)),
    (date(2027, 10, 31), 25, utc(2027, 10, 30, 23)),
]


@pytest.fixture
def cycle() -> Round:
    return make.round_(opens=date(2026, 1, 1))


def _closing_on(cycle: Round, day: date) -> None:
    Milestone.objects.filter(round=cycle, step=Step.SEND_FOR_SIGN_OFF).update(
        opens_on=day - timedelta(days=40), due_on=day - timedelta(days=14)
    )
    Milestone.objects.filter(round=cycle, step=Step.SUBMIT).update(
        opens_on=day - timedelta(days=30), due_on=day
    )


def _signed_off(cycle: Round) -> tuple[Submission, object]:
    submission = make.submission(cycle=cycle, status="signed_off")
    make.sign_off_parts(submission)
    return submission, make.member(submission.school)


@pytest.mark.parametrize(("day", "hours", "begins"), CHANGES)
def test_r05_a_day_is_as_long_as_it_is(day: date, hours: int, begins: datetime) -> None:
    assert start_of(day) == begins
    assert end_of(day).astimezone(UTC) - begins == timedelta(hours=hours)
    assert [london_day(begins + timedelta(hours=hour)) for hour in (-1, 0, hours - 1, hours)] == [
        day - timedelta(days=1), day, day, day + timedelta(days=1),
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "over"), CLOSES)
def test_r05_the_close_binds_to_the_second(cycle: Round, day: date, over: datetime) -> None:
    _closing_on(cycle, day)
    second = timedelta(seconds=1)
    (in_time, leader), (too_late, other) = _signed_off(cycle), _signed_off(cycle)
    assert close_due(over - second) == (0, [])
    done = submission_machine.perform(in_time, "submit", by=leader, now=over - second)  # type: ignore[arg-type]
    assert (done.status, done.submitted_at) == ("submitted", over - second)
    with pytest.raises(Refused, match="London time"):
        submission_machine.perform(too_late, "submit", by=other, now=over)  # type: ignore[arg-type]
    assert close_due(over) == (1, [])
    too_late.refresh_from_db()
    assert too_late.status == "not_submitted"


@pytest.mark.parametrize(("day", "hours", "begins"), CHANGES)
def test_r05_one_reminder_a_day_in_every_hour_of_it(
    cycle: Round, day: date, hours: int, begins: datetime
) -> None:
    """Beat asks each hour of the day before, the day and the day after; one mail, from 7 am London time."""
    _closing_on(cycle, day)
    submission = make.submission(cycle=cycle)
    Submission.objects.update(enrolled_at=begins - timedelta(days=1, hours=12))
    leader = make.member(submission.school)
    hour = begins - timedelta(hours=24)
    while hour < begins + timedelta(hours=hours + 24):
        send_reminders(hour + timedelta(minutes=10))
        Email.objects.filter(state=Email.State.WAITING).update(state=Email.State.SENT, sent_at=hour)
        hour += timedelta(hours=1)
    rows = Reminder.objects.filter(milestone__step=Step.SUBMIT, person=leader).order_by("offset")
    at = {row.offset: (row.state, row.made_at.astimezone(LONDON).replace(tzinfo=None)) for row in rows}
    seven = datetime(day.year, day.month, day.day, 7, 10)  # noqa: DTZ001 - London's wall clock
    assert at == {-1: ("sent", seven - timedelta(days=1)), 0: ("sent", seven)}
    mails = Email.objects.filter(recipient=leader).values_list("written_at", flat=True)
    assert len({london_day(one) for one in mails}) == len(mails)


def test_r05_both_folds_are_told_apart() -> None:
    """1.30 am comes twice on the night the clocks go back; other times need no zone."""
    summer, winter = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    assert summer.astimezone(LONDON).replace(fold=0) == winter.astimezone(LONDON).replace(fold=0)
    assert long_datetime(summer) == "Sunday 25 October 2026 at 1.30am BST"
    assert long_datetime(winter) == "Sunday 25 October 2026 at 1.30am GMT"
    assert short_datetime(utc(2027, 10, 31, 1, 0)) == "31 Oct 2027, 1am GMT"
    assert clock_time(utc(2026, 10, 24, 0, 30)) == "1.30am"
    assert clock_time(utc(2026, 10, 25, 2, 30)) == "2.30am"
    # The hour from 1 to 2 isn't there in spring: 0.59 am GMT is followed by 2 am BST.
    assert [clock_time(utc(2027, 3, 28, *at)) for at in ((0, 59), (1, 0))] == ["12.59am", "2am"]


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (utc(2026, 10, 25, 0, 30), "Sunday 25 October 2026 at 1.30am BST"),
        (utc(2026, 10, 25, 1, 30), "Sunday 25 October 2026 at 1.30am GMT"),
        (utc(2027, 3, 28, 1, 0), "Sunday 28 March 2027 at 2am"),
        (utc(2027, 10, 31, 0, 59), "Sunday 31 October 2027 at 1.59am BST"),
        (utc(2027, 10, 31, 1, 59), "Sunday 31 October 2027 at 1.59am GMT"),
    ],
)
def test_r05_the_submit_page_and_the_receipt_show_the_wall_clock(
    cycle: Round, client, at: datetime, shown: str
) -> None:
    _closing_on(cycle, london_day(at))
    submission, leader = _signed_off(cycle)
    with time_machine.travel(at, tick=False):
        client.force_login(leader)
        page = client.get(reverse("submit", args=[submission.pk])).content.decode()
        assert "until midnight, London time" in page
        assert "today" in page
        client.post(reverse("submit", args=[submission.pk]))
        assert shown in client.get(reverse("receipt", args=[submission.pk])).content.decode()
    submission.refresh_from_db()
    assert submission.submitted_at == at
