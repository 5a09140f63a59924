"""A reviewer's dates, also where the own hub isn't in the round."""

import pytest

from awards.calendar import of_reviewers
from awards.models import Review
from tests.support.world import build


@pytest.mark.django_db
def test_a_review_that_waits_puts_its_date_into_the_calendar():
    world = build()
    (one,) = of_reviewers(world.people["reviewer"])
    milestone = world.round.milestones.get(step="review", audience="hub_leader")
    assert (one.key, one.day, one.own) == (f"milestone-{milestone.pk}", milestone.due_on, True)
    for role in ("hub leader", "HQ admin", "subject leader"):
        assert of_reviewers(world.people[role]) == []
    Review.objects.update(status="void")
    assert of_reviewers(world.people["reviewer"]) == []
