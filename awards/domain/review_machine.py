"""A review's life: assigned (and accepted) → completed, declined or taken back (void)."""

from typing import Any

from accounts.models import HQMembership, User
from awards.domain.standing import become_reviewer
from awards.domain.words import gaps_in
from awards.models import Appeal, Review, Standing
from hubs.models import HubMembership
from psqm_portal.core.machine import Machine, Move, Occasion
from psqm_portal.core.roles import Role
from submissions.models import Submission

ASSIGNED, COMPLETED, DECLINED, VOID = Review.Status
HQ = frozenset({Role.HQ_ADMIN})
REVIEWER = frozenset({Role.REVIEWER})


class ReviewMachine(Machine):
    """Locks the submission before the review, as everything that writes in a submission does."""

    def _load(self, subject: Any) -> Any:
        if self.locking:
            Submission.objects.select_for_update().get(standings__pk=subject.standing_id)
        review = super()._load(subject)
        # Read now: the standing may have turned into a conflict while we waited for the lock.
        review.standing = Standing.objects.select_related("user", "submission__school").get(
            pk=subject.standing_id
        )
        return review


def roles_towards(user: User, review: Review) -> frozenset[Role]:
    """What a person is to a review at this moment, in one query.

    Reviewer: the standing is theirs and still a reviewer's, and they lead some hub today.
    """
    held = HQMembership.objects.current().filter(user=user).values_list("role")
    if review.pk is not None:
        leads = HubMembership.objects.current().filter(
            user=user,
            role=HubMembership.Kind.LEADER,
            user__standings__pk=review.standing_id,
            user__standings__kind=Standing.Kind.REVIEWER,
        )
        held = held.union(leads.values_list("role"))
    roles = {Role(role) for (role,) in held}
    if Role.HUB_LEADER in roles:
        roles = roles - {Role.HUB_LEADER} | {Role.REVIEWER}
    return frozenset(roles)


def _in_review(review: Review, _: Occasion) -> str | None:
    submission = review.standing.submission
    if submission.status == Submission.Status.IN_REVIEW or _is_appealed(submission):
        return None
    return f"{submission.school} isn't in review: it is {submission.get_status_display().lower()}."


def _is_appealed(submission: Submission) -> bool:
    """A told outcome that HQ looks at again: a fresh review may be asked for."""
    return (
        submission.status == Submission.Status.NOTIFIED
        and Appeal.objects.filter(decision__submission=submission, status=Appeal.Status.OPEN).exists()
    )


def _leads_a_hub(review: Review, _: Occasion) -> str | None:
    user = review.standing.user
    leads = HubMembership.objects.current().filter(user=user, role=HubMembership.Kind.LEADER)
    return None if leads.exists() else f"{user} doesn't lead a hub now, so can't review."


def _first_in_this_cycle(review: Review, _: Occasion) -> str | None:
    user, submission = review.standing.user, review.standing.submission
    before = Review.objects.filter(
        standing__user=user, standing__submission=submission, cycle=submission.cycle
    ).exclude(status=VOID)
    if (other := before.first()) is None:
        return None
    if other.status == DECLINED:
        return f"{user} declined to review {submission.school}."
    return f"{user} reviews {submission.school} already."


def _assign(review: Review, occasion: Occasion) -> None:
    review.standing = become_reviewer(review.standing.user, review.standing.submission)
    review.cycle = review.standing.submission.cycle
    review.assigned_at = occasion.now


def missing_from(review: Review) -> list[str]:
    """What is still to be written before a review is complete, as sentences."""
    framework_id = review.standing.submission.round.framework_id
    return [gap.sentence for gap in gaps_in(review, framework_id=framework_id)]


def _complete_enough(review: Review, _: Occasion) -> str | None:
    missing = missing_from(review)
    if not missing:
        return None
    if len(missing) > 3:
        return f"The review isn't complete yet: {len(missing)} things are missing."
    return " ".join(missing)


def _complete(review: Review, occasion: Occasion) -> None:
    review.completed_at = occasion.now
    review.accepted_at = review.accepted_at or occasion.now


def _not_answered(review: Review, _: Occasion) -> str | None:
    return "You’ve said yes to this review already." if review.accepted_at else None


def _accept(review: Review, occasion: Occasion) -> None:
    review.accepted_at = occasion.now


# fmt: off
review_machine = ReviewMachine(
    "review",
    [
        Move(
            "assign", "Assign a reviewer", frozenset(), ASSIGNED, HQ,
            guards=(_in_review, _leads_a_hub, _first_in_this_cycle), effect=_assign,
        ),
        Move(
            "accept", "Accept the review", frozenset({ASSIGNED}), None, REVIEWER,
            guards=(_not_answered,), effect=_accept,
        ),
        Move(
            "complete", "Send the review to HQ", frozenset({ASSIGNED}), COMPLETED, REVIEWER,
            guards=(_complete_enough,), effect=_complete,
        ),
        Move(
            "decline", "Decline the review", frozenset({ASSIGNED}), DECLINED, REVIEWER, needs=("reason",),
        ),
        Move(
            "void", "Take the review back", frozenset({ASSIGNED}), VOID, HQ | {Role.CLOCK},
            needs=("reason",),
        ),
    ],
    roles=roles_towards,
    label=lambda status: Review.Status(status).label.lower(),
)
# fmt: on
