"""R01: eight people press the same button at once. PostgreSQL decides; the control shows that it matters."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from submissions.domain.enrolment import enrol
from submissions.domain.machine import submission_machine
from submissions.domain.part_machine import part_machine
from submissions.models import Part, Submission
from tests import factories as make
from tests.support.races import at_once, machines_unlocked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def _outcome(results: list[Any]) -> tuple[int, int]:
    """How many succeeded, how many were told why not; anything else fails the test."""
    refused = sum(isinstance(result, Refused) for result in results)
    raised = [
        result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)
    ]
    assert raised == []
    return len(results) - refused, refused


def _submits() -> tuple[Submission, list[Callable[[], Any]]]:
    submission = make.submission(status="signed_off")
    make.sign_off_parts(submission)
    leader = make.member(submission.school)
    attempt = lambda: submission_machine.perform(submission, "submit", by=leader, now=make.NOW)  # noqa: E731
    return submission, [attempt] * 8


def test_r01_eight_submits_are_one() -> None:
    submission, attempts = _submits()
    assert _outcome(at_once(attempts)) == (1, 7)
    submission.refresh_from_db()
    assert submission.cycle == 1
    assert HistoryEntry.objects.filter(action="submit", subject_id=submission.pk).count() == 1


def test_r01_control_without_the_lock_they_are_more() -> None:
    """With the row unlocked, the same eight get through more than once: the lock is what stops them."""
    submission, attempts = _submits()
    with machines_unlocked(len(attempts)):
        at_once(attempts)
    assert HistoryEntry.objects.filter(action="submit", subject_id=submission.pk).count() > 1


def test_r01_eight_sign_offs_are_one() -> None:
    submission = make.submission()
    part = submission.parts.get(code="a1")
    make.fill_part(part)
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=make.NOW)
    leader = make.hub_member(submission.hub)
    attempts = [lambda: part_machine.perform(part, "sign_off", by=leader, now=make.NOW)] * 8
    assert _outcome(at_once(attempts)) == (1, 7)
    assert HistoryEntry.objects.filter(machine="part", subject_id=part.pk).count() == 1


def test_the_last_place_is_given_once() -> None:
    """Eight registrations, one free place: the eleventh school is refused, even at once."""
    cycle, hub = make.round_(), make.hub()
    leader = make.hub_member(hub)
    make.hub_round(hub, cycle, seats=1)
    registrations = [make.registration(make.school(), hub, cycle) for _ in range(8)]
    results = at_once([partial(enrol, one, by=leader, now=make.NOW) for one in registrations])
    assert _outcome(results) == (1, 7)
    assert Submission.objects.filter(hub=hub).count() == 1
    told = {str(result) for result in results if isinstance(result, Refused)}
    assert told == {f"{hub} has no free place in {cycle}."}


def test_a_school_enrols_once_in_two_rounds_at_once() -> None:
    school = make.school()
    attempts: list[Callable[[], Any]] = []
    for _ in range(8):
        cycle, hub = make.round_(), make.hub()
        leader = make.hub_member(hub)
        make.hub_round(hub, cycle)
        registration = make.registration(school, hub, cycle)
        attempts.append(partial(enrol, registration, by=leader, now=make.NOW))
    assert _outcome(at_once(attempts)) == (1, 7)
    assert Submission.objects.filter(school=school).count() == 1
