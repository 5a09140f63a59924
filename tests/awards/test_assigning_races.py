"""A plan that several confirm and several workers assign at once, on PostgreSQL: everything happens once."""

from datetime import date
from threading import Barrier, local
from typing import Any
from unittest.mock import patch

import pytest

from awards.domain import assignment, plans
from awards.models import AssignmentPlan, Review
from messaging.models import Email
from psqm_portal.core.machine import Refused
from submissions.models import Submission
from tests import factories
from tests.awards.test_assigning import people, submissions
from tests.factories import NOW
from tests.support.races import PATIENCE, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ANSWER_BY = date(2026, 11, 10)


def _planned() -> tuple[AssignmentPlan, Any]:
    cycle, hq = factories.round_(), factories.hq()
    submissions(cycle, 3)
    people(4)
    return plans.make(cycle, by=hq, now=NOW), hq


def _work(plan: AssignmentPlan, *, workers: int = 4) -> list[Any]:
    return at_once([lambda: plans.work(plan.pk, clock=lambda: NOW)] * workers)


def test_r01_confirmed_by_eight_at_once_and_assigned_by_four_workers_at_once():
    plan, hq = _planned()
    ends = at_once([lambda: plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)] * 8)
    assert sum(isinstance(end, Refused) for end in ends) == 7
    ends = _work(plan)
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert sum(end is True for end in ends) == 1
    assert Review.objects.filter(status="assigned").count() == 6
    assert plan.reviews.filter(done_at=None).count() == 0
    assert plan.reviews.exclude(problem="").count() == 0
    assert Email.objects.filter(template=plans.TEMPLATE).count() == 4


def test_control_without_the_lock_two_workers_take_the_same_submission():
    """The machine still refuses the second review; but what was done is told as a problem."""
    plan, hq = _planned()
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    both, begun, assign = Barrier(2), local(), assignment.assign

    def reads_first(*args: Any, **given: Any) -> Any:
        if not getattr(begun, "already", False):
            begun.already = True
            both.wait(timeout=PATIENCE)
        return assign(*args, **given)

    with (
        patch.object(type(Submission.objects), "select_for_update", lambda self, **_: self.get_queryset()),
        patch.object(assignment, "assign", reads_first),
    ):
        _work(plan, workers=2)
    assert plan.reviews.filter(done_at__isnull=False).exclude(problem="").count() >= 2


def test_two_plans_asked_for_at_once_are_one():
    cycle, hq = factories.round_(), factories.hq()
    submissions(cycle, 2)
    people(3)
    ends = at_once([lambda: plans.make(cycle, by=hq, now=NOW)] * 4)
    assert all(isinstance(end, AssignmentPlan | Refused) for end in ends)
    assert AssignmentPlan.objects.count() == 1
    assert AssignmentPlan.objects.get().reviews.count() == 4
