"""Reviewers' dates: a review is due with its round, also where the reviewer's own hub isn't in that round."""

from django.urls import reverse

from accounts.models import User
from awards.models import Review
from awards.queries import my_reviews
from psqm_portal.core.calendars import Dated, calendar_source
from rounds.domain.calendar import RUNNING, milestone_history, of_milestone
from rounds.models import Audience, Milestone, Step


@calendar_source
def of_reviewers(user: User) -> list[Dated]:
    mine = my_reviews(user).filter(status=Review.Status.ASSIGNED).order_by()
    rows = list(
        Milestone.objects.filter(
            step=Step.REVIEW,
            audience=Audience.HUB_LEADER,
            round__status__in=RUNNING,
            round__in=mine.values("standing__submission__round"),
        ).select_related("round")
    )
    if not rows:
        return []
    history = milestone_history(rows)
    return [of_milestone(row, url=reverse("reviews"), history=history, own=True) for row in rows]
