import pytest

from psqm_portal.core.registers import duties
from rounds.models import Audience, Milestone, Step
from tests import factories
from tests.awards import helpers
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def _milestone(cycle, step: Step, audience: Audience) -> Milestone:
    day = NOW.date()
    made, _ = Milestone.objects.get_or_create(
        round=cycle,
        step=step,
        audience=audience,
        defaults={"label": step.label, "opens_on": day, "due_on": day},
    )
    return made


def _owed(milestone: Milestone, user=None) -> list:
    return list(duties[milestone.step, milestone.audience](milestone, NOW, user))


def test_a_reviewer_owes_each_unfinished_review_and_nobody_else_s():
    made = helpers.in_review(factories.hq())
    first, second = helpers.reviews_of(made)
    helpers.finish(second)
    milestone = _milestone(made.round, Step.REVIEW, Audience.HUB_LEADER)
    owed = _owed(milestone)
    assert [(one.subject, one.recipients, one.due_on) for one in owed] == [
        (f"review:{first.pk}", (first.standing.user,), milestone.due_on)
    ]
    assert _owed(milestone, first.standing.user) == owed
    assert _owed(milestone, second.standing.user) == []
    first.standing.user.hub_memberships.update(ended_at=NOW)
    assert _owed(milestone) == []


def test_hq_owes_one_thing_for_a_round_however_many_wait():
    hq, cycle = factories.hq(), factories.round_()
    assign = _milestone(cycle, Step.ASSIGN_REVIEWERS, Audience.HQ)
    decide = _milestone(cycle, Step.DECIDE, Audience.HQ)
    assert _owed(assign) == _owed(decide) == []
    helpers.submitted(cycle=cycle)
    assert [one.what for one in _owed(assign)] == ["assign reviewers to 1 submission"]
    helpers.submitted(cycle=cycle)
    helpers.reviewed(hq, cycle=cycle)
    assert [one.what for one in _owed(assign, hq)] == ["assign reviewers to 2 submissions"]
    assert [(one.what, one.recipients) for one in _owed(decide)] == [("decide on 1 submission", (hq,))]
    assert _owed(assign, helpers.reviewer()) == []


def test_r24_duties_cost_the_same_for_1_and_5_reviews(django_assert_num_queries):
    hq, cycle = factories.hq(), factories.round_(framework=factories.framework(criteria=1, documents=0))
    milestone = _milestone(cycle, Step.REVIEW, Audience.HUB_LEADER)
    for count in (1, 4):
        for _ in range(count):
            helpers.in_review(hq, cycle=cycle)
        with django_assert_num_queries(1):
            _owed(milestone)
