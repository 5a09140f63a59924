"""The mails of reviews and outcomes, written in the transaction of the move they tell about."""

from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from awards.domain import letters
from awards.models import Appeal, Award, Decision, Release, Review
from messaging.domain.mail import write
from psqm_portal.core.clock import london_day
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
            "due_on": milestone.due_on
            if milestone and milestone.due_on >= london_day(occasion.now)
            else None,
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
    context = letters.context_of(
        decision, award, letters.Around.of(submission.round, [submission], london_day(now))
    )
    mails = [(person, letters.TO_SCHOOL) for person in school] + [(person, letters.TO_HUB) for person in hub]
    for person, template in mails:
        write(
            template,
            to=person,
            now=now,
            about=submission.key,
            once=f"{submission.key}:released:{decision.pk}:{person.pk}",
            context=context,
        )


def tell_of_release(release: Release, problem: str, *, now: datetime) -> None:
    """To who asked for it: it took its time, and they may be elsewhere."""
    write(
        "awards/mail/release_ended",
        to=release.asked_by,
        now=now,
        about=f"round:{release.round_id}",
        once=f"release:{release.pk}:ended",
        context={
            "release": release,
            "told": release.items.filter(told_at__isnull=False).count(),
            "left": release.items.exclude(problem="").count(),
            "problem": problem,
            "url": reverse("release", args=[release.round.slug, release.pk]),
        },
    )


def tell_of_appeal(appeal: Appeal, *, now: datetime) -> None:
    """HQ has something to answer; the school's people know that it came."""
    tell_school_of_appeal(appeal, "appeal_received", now=now)
    for person in hq_people([Role.HQ_ADMIN]):
        _tell(appeal, "appeal_raised", person, appeal.get_absolute_url(), now=now)


def tell_school_of_appeal(appeal: Appeal, template: str, *, now: datetime) -> None:
    submission = appeal.decision.submission
    for person in school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER):
        _tell(appeal, template, person, reverse("outcome_appeal", args=[submission.pk]), now=now)


def _tell(appeal: Appeal, template: str, person: User, url: str, *, now: datetime) -> None:
    write(
        f"awards/mail/{template}",
        to=person,
        now=now,
        about=appeal.decision.submission.key,
        once=f"{appeal.key}:{template}:{person.pk}",
        context={"appeal": appeal, "submission": appeal.decision.submission, "url": url},
    )
