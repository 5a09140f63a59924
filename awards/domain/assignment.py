"""Who reviews what: the first assignment, replacements, a third review; and when reviews are finished."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from awards import notices
from awards.domain import standing
from awards.domain.review_machine import review_machine
from awards.models import Review, Standing
from psqm_portal.core.machine import Occasion, Refused
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from submissions.models.submission import Status


def assign(submission: Submission, reviewers: Sequence[User], *, by: User, now: datetime) -> Submission:
    """Give the submission (more) reviewers, whatever stage of the review it is in.

    Raises Refused, naming the person and the reason, and PermissionDenied.
    """
    if submission.status == Status.REVIEWED:
        return _move("add_review", submission, reviewers, by=by, now=now)
    if submission.status == Status.IN_REVIEW:
        return _replace(submission, reviewers, by=by, now=now)
    return _move("assign_reviewers", submission, reviewers, by=by, now=now)


def _move(
    action: str, submission: Submission, reviewers: Sequence[User], *, by: User, now: datetime
) -> Submission:
    return submission_machine.perform(submission, action, by=by, now=now, reviewers=list(reviewers))


def _replace(submission: Submission, reviewers: Sequence[User], *, by: User, now: datetime) -> Submission:
    if not reviewers:
        raise Refused("Choose at least one reviewer.")
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission.pk)
        give_reviews(submission, reviewers, by=by, now=now)
    return submission


def give_reviews(
    submission: Submission, reviewers: Sequence[User], *, by: User | None, now: datetime
) -> None:
    """Call with the submission locked and in review."""
    if by is None:
        raise PermissionDenied
    for user in reviewers:
        wanted = Standing(user=user, submission=submission, kind=Standing.Kind.REVIEWER)
        review_machine.perform(
            Review(standing=wanted, cycle=submission.cycle, assigned_at=now), "assign", by=by, now=now
        )


def finish_if_done(submission_id: int, *, now: datetime) -> None:
    """The last review came in (or the last open one went away): the submission is reviewed."""
    submission = Submission.objects.select_related("round").get(pk=submission_id)
    if submission.status == Status.IN_REVIEW and reviews_open(submission, Occasion(None, now)) is None:
        submission_machine.perform(submission, "finish_reviews", by=None, now=now)


def void(review: Review, *, reason: str, now: datetime) -> Review:
    """By the clock: what made the review impossible has happened already."""
    return review_machine.perform(review, "void", by=None, now=now, reason=reason)


def take_back_all(submission: Submission, *, reason: str, now: datetime) -> None:
    """Void what isn't finished; finished reviews stay as paid work."""
    unfinished = Review.objects.filter(standing__submission=submission, status=Review.Status.ASSIGNED)
    for review in unfinished.order_by("pk"):
        void(review, reason=reason, now=now)


def take_back_for_conflict(reviews: Iterable[Review], why: str, *, now: datetime) -> None:
    """Their reviewers turned out to have a conflict: nobody is asked, and HQ is told."""
    for review in reviews:
        reason = f"{review.standing.user} has a conflict of interest: {why}."
        taken = void(review, reason=reason, now=now)
        notices.tell_hq_of_review(taken, "reviewer_conflict", Occasion(None, now, reason))


def declare_conflict(user: User, submission: Submission, *, why: str, by: User, now: datetime) -> None:
    """HQ knows of a conflict that no membership shows; an unfinished review is taken back."""
    with transaction.atomic():
        reviews = standing.declare(user, submission, why=why, by=by, now=now)
        take_back_for_conflict(reviews, f"declared: {why.strip()}", now=now)


# What only this app knows about a submission's moves ------------------------------------------------


@submission_machine.guard("assign_reviewers")
def enough_reviewers(submission: Submission, occasion: Occasion) -> str | None:
    if "reviewers" not in occasion.given:
        return None
    wanted, chosen = submission.round.reviews_per_submission, {u.pk for u in occasion.given["reviewers"]}
    if len(chosen) < wanted:
        return f"Choose {wanted} reviewers for {submission.school}; {len(chosen)} chosen."
    return no_conflicts(submission, occasion)


@submission_machine.guard("add_review")
def no_conflicts(submission: Submission, occasion: Occasion) -> str | None:
    """Says it early and for all; the standing's row is what holds when two come at once."""
    if "reviewers" not in occasion.given:
        return None
    if not occasion.given["reviewers"]:
        return "Choose at least one reviewer."
    conflicts = Standing.objects.filter(
        submission=submission, user__in=occasion.given["reviewers"], kind=Standing.Kind.CONFLICT
    ).select_related("user", "submission__school")
    return " ".join(standing.conflict_sentence(row) for row in conflicts) or None


@submission_machine.guard("finish_reviews")
def reviews_open(submission: Submission, _: Occasion) -> str | None:
    statuses = list(
        Review.objects.filter(standing__submission=submission, cycle=submission.cycle).values_list(
            "status", flat=True
        )
    )
    if Review.Status.ASSIGNED in statuses:
        return "Not every review is in yet."
    done, wanted = statuses.count(Review.Status.COMPLETED), submission.round.reviews_per_submission
    return None if done >= wanted else f"{done} of {wanted} reviews are in."
