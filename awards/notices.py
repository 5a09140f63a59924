"""The mails of reviews and outcomes, written in the transaction of the move they tell about."""

from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from awards.models import Award, Decision, Review
from messaging.domain.mail import write
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from submissions.models import Submission
from submissions.queries import hub_people, school_people


def review_due_on(round_id: int) -> Milestone | None:
    return Milestone.objects.filter(round_id=round_id, step=Step.REVIEW, audience=Audience.HUB_LEADER).first()


def tell_reviewer(review: Review, template: str, occasion: Occasion) -> None:
    submission = review.standing.submission
    assigned = template == "review_assigned"
    milestone = review_due_on(submission.round_id)
    write(
        f"awards/mail/{template}",
        to=review.standing.user,
        now=occasion.now,
        about=review.key,
        once=f"{review.key}:{template}",
        context={
            "review": review,
            "submission": submission,
            "due_on": milestone.due_on if milestone else None,
            "reason": occasion.reason,
            "url": review.get_absolute_url() if assigned else reverse("reviews"),
        },
    )


def tell_hq_of_review(review: Review, template: str, occasion: Occasion) -> None:
    """A review was declined, or taken back because of a new conflict: HQ looks for another reviewer."""
    submission = review.standing.submission
    for person in hq_people([Role.HQ_ADMIN]):
        write(
            f"awards/mail/{template}",
            to=person,
            now=occasion.now,
            about=review.key,
            once=f"{review.key}:{template}:{person.pk}",
            context={
                "review": review,
                "submission": submission,
                "reason": occasion.reason,
                "url": reverse("assign_reviewers", args=[submission.round.slug, submission.pk]),
            },
        )


def people_of_release(submission: Submission) -> tuple[list[User], list[User]]:
    """Who hears of an outcome: the school's leaders and head, then the hub's leader and mentors."""
    school = list(school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER))
    hub = [person for person in hub_people(submission, Role.HUB_LEADER, Role.MENTOR) if person not in school]
    return school, hub


def tell_outcome(decision: Decision, award: Award | None, *, now: datetime) -> None:
    """Once for each decision and person, however often a release is begun."""
    submission = decision.submission
    school, hub = people_of_release(submission)
    templates = [(person, "released") for person in school] + [(person, "released_hub") for person in hub]
    for person, template in templates:
        write(
            f"awards/mail/{template}",
            to=person,
            now=now,
            about=submission.key,
            once=f"{submission.key}:released:{decision.pk}:{person.pk}",
            context={
                "submission": submission,
                "decision": decision,
                "award": award,
                "url": reverse("award", args=[submission.pk]),
            },
        )
