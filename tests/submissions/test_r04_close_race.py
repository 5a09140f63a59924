"""R04: a burst of submits across the close while the closing job runs: one server clock, whole or nothing.

Each school ends either submitted (all of it: the moment before the close, a cycle, one entry in the history)
or not submitted (none of it). PostgreSQL decides; the control shows that the lock is what decides.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from rounds.models import Milestone, Round, Step
from submissions.domain.closing import close_due
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from tests import factories as make
from tests.support.races import at_once, machines_unlocked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

# 30 June 2027 ends in London at 11 pm UTC.
OVER = datetime(2027, 6, 30, 23, 0, tzinfo=UTC)
JUST_BEFORE = OVER - timedelta(microseconds=1)
SCHOOLS = 12


def _world() -> tuple[Round, list[tuple[Submission, Any]]]:
    cycle, hub = make.round_(), make.hub()
    Milestone.objects.filter(round=cycle, step=Step.SUBMIT).update(due_on=date(2027, 6, 30))
    make.hub_round(hub, cycle, seats=SCHOOLS)
    found = []
    for _ in range(SCHOOLS):
        submission = make.submission(cycle=cycle, in_hub=hub, status="signed_off", parts=False)
        found.append((submission, make.member(submission.school)))
    return cycle, found


def _submit(submission: Submission, leader: Any, now: datetime) -> Submission:
    done: Submission = submission_machine.perform(submission, "submit", by=leader, now=now)
    return done


def _ends(submission: Submission) -> tuple[str, datetime | None, int, list[str]]:
    row = Submission.objects.get(pk=submission.pk)
    moves = HistoryEntry.objects.filter(machine="submission", subject_id=row.pk).order_by("id")
    return row.status, row.submitted_at, row.cycle, list(moves.values_list("action", flat=True))


SUBMITTED = ("submitted", JUST_BEFORE, 1, ["submit"])
CLOSED = ("not_submitted", None, 0, ["close"])


def test_r04_a_burst_across_the_close_is_whole_or_nothing() -> None:
    """Half of the schools press in the last microsecond, half at the close, with three closing jobs about."""
    _, schools = _world()
    early, late = schools[: SCHOOLS // 2], schools[SCHOOLS // 2 :]
    attempts: list[Callable[[], Any]] = [partial(_submit, *one, JUST_BEFORE) for one in early]
    attempts += [partial(_submit, *one, OVER) for one in late]
    attempts += [partial(close_due, OVER)] * 3
    results = at_once(attempts)
    acknowledged = [
        one for one, result in zip(early, results, strict=False) if isinstance(result, Submission)
    ]
    refused = [result for result in results if isinstance(result, Refused)]
    broken = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert broken == []
    assert len(acknowledged) + len(refused) == SCHOOLS
    close_due(OVER)  # whoever was locked by a submit that was then refused
    for one in schools:
        assert _ends(one[0]) == (SUBMITTED if one in acknowledged else CLOSED)


def test_r04_control_without_the_lock_a_school_is_both() -> None:
    """Both have read the row before either writes: the history tells of a submit and of a close."""
    _, schools = _world()
    submission, leader = schools[0]
    Submission.objects.exclude(pk=submission.pk).update(status="not_submitted")
    with machines_unlocked(2):
        at_once([partial(_submit, submission, leader, JUST_BEFORE), partial(close_due, OVER)])
    assert sorted(_ends(submission)[3]) == ["close", "submit"]


@pytest.mark.parametrize("opened", [True, False])
def test_r04_the_servers_clock_decides_and_no_page_or_header(opened: bool) -> None:
    """A page that was opened in time, sent a moment too late with an old date in it, is too late."""
    _, schools = _world()
    submission, leader = schools[0]
    path, client = reverse("submit", args=[submission.pk]), Client()
    with time_machine.travel(JUST_BEFORE, tick=False):
        client.force_login(leader)
        if opened:
            client.get(path)
    with time_machine.travel(OVER, tick=False):
        page = client.post(
            path, {"now": "2027-06-30T20:00"}, headers={"Date": "Wed, 30 Jun 2027 20:00:00 GMT"}, follow=True
        )
    assert "closed for your school at the end of Wednesday 30 June 2027" in page.content.decode()
    assert _ends(submission) == ("signed_off", None, 0, [])
    with time_machine.travel(JUST_BEFORE, tick=False):
        client.post(path)
    assert _ends(submission) == SUBMITTED


def test_r04_hq_extends_while_the_closing_job_runs() -> None:
    """Either the extension came first and the school stays, or the close did and HQ may let it in late."""
    from submissions.models import Extension

    _, schools = _world()
    extend = [
        partial(
            Extension.objects.create, submission=one, step=Step.SUBMIT, until=date(2027, 7, 5),
            reason="Flood", granted_at=OVER,
        )
        for one, _ in schools
    ]  # fmt: skip
    at_once([*extend, partial(close_due, OVER)])
    found = {_ends(one)[0] for one, _ in schools}
    assert found <= {"signed_off", "not_submitted"}
    for one, leader in schools:
        later = OVER + timedelta(days=1)
        if _ends(one)[0] == "not_submitted":
            with pytest.raises(Refused):
                _submit(one, leader, later)
        else:
            assert _submit(one, leader, later).status == "submitted"
