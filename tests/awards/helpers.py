"""Submissions in every stage of review, made through the portal's own moves where they exist."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from awards.domain import assignment, decisions, reviewing, standing
from awards.domain.reviewing import Draft
from awards.models import Judgement, Review
from hubs.models import Hub
from psqm_portal.core.roles import Role
from rounds.models import Criterion, Round
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from tests import factories
from tests.factories import NOW

# Long after the notification date of the factories' round.
RELEASE_DAY = NOW + timedelta(days=400)


def reviewer(name: str = "") -> User:
    """The leader of a hub of its own."""
    return factories.hub_member(factories.hub(), person=factories.user(name))


def submitted(*, cycle: Round | None = None, in_hub: Hub | None = None, **fields: Any) -> Submission:
    """Submitted, frozen, with a subject leader, a headteacher and a hub leader, and their conflicts."""
    in_hub = in_hub or factories.hub()
    if not in_hub.memberships.exists():
        factories.hub_member(in_hub)
    place = factories.school()
    factories.member(place)
    factories.member(place, Role.HEADTEACHER)
    made = factories.submission(
        cycle=cycle, place=place, in_hub=in_hub, status=Submission.Status.SUBMITTED, **fields
    )
    factories.sign_off_parts(made)
    with transaction.atomic():
        standing.on_enrolment(made)
    return made


def in_review(hq: User, reviewers: list[User] | None = None, **fields: Any) -> Submission:
    made = submitted(**fields)
    return assignment.assign(made, reviewers or [reviewer(), reviewer()], by=hq, now=NOW)


def open_review(**fields: Any) -> Review:
    made = in_review(factories.hq(), **fields)
    return Review.objects.filter(standing__submission=made).select_related("standing__user").order_by("pk")[0]


def full_draft(review: Review, recommendation: str = Review.Recommendation.LEVEL) -> Draft:
    criteria = Criterion.objects.filter(
        strand__framework=review.standing.submission.round.framework_id
    ).values_list("pk", flat=True)
    return Draft(
        recommendation=recommendation,
        narrative="Pupils ask their own questions in every class.",
        private_note="For HQ alone.",
        judgements=dict.fromkeys(criteria, (Judgement.Verdict.MET, "Shown well.")),
    )


def finish(review: Review, recommendation: str = Review.Recommendation.LEVEL) -> Review:
    reviewer_ = review.standing.user
    reviewing.save_draft(review, full_draft(review, recommendation), by=reviewer_)
    return reviewing.complete(review, by=reviewer_, now=NOW)


def reviews_of(made: Submission) -> list[Review]:
    return list(
        Review.objects.filter(standing__submission=made)
        .select_related("standing__user", "standing__submission__round")
        .order_by("pk")
    )


def reviewed(hq: User, recommendations: tuple[str, ...] = ("level", "level"), **fields: Any) -> Submission:
    made = in_review(hq, **fields)
    for review, said in zip(reviews_of(made), recommendations, strict=True):
        finish(review, said)
    made.refresh_from_db()
    return made


def decided(hq: User, level: Any = "target", note: str = "Well done.", **fields: Any) -> Submission:
    made = reviewed(hq, **fields)
    chosen = made.target_level if level == "target" else level
    return decisions.decide(decisions.Choice(made, chosen, note, "Settled."), by=hq, now=NOW)


def released(hq: User, **fields: Any) -> Submission:
    made = decided(hq, **fields)
    return submission_machine.perform(made, "release", by=hq, now=RELEASE_DAY)
