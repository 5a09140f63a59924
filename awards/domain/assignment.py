"""Who reviews what: the first assignment, replacements, a third review; and when reviews are finished."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from awards import notices
from awards.domain import standing
from awards.domain.review_machine import review_machine
from awards.models import Review, Standing
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from submissions.models.submission import Status

# A reviewer says yes or no within these, unless HQ sets another day.
DAYS_TO_ANSWER = 7


@dataclass(frozen=True, slots=True)
class Together:
    """Many are assigned in one go: one mail to each reviewer follows, and one day for the answers."""

    answer_by: date


def assign(
    submission: Submission,
    reviewers: Sequence[User],
    *,
    by: User,
    now: datetime,
    together: Together | None = None,
) -> Submission:
    """Give the submission (more) reviewers, whatever stage of the review it is in.

    Raises Refused, naming the person and the reason, and PermissionDenied.
    """
    if together is None:
        refresh(Submission.objects.filter(pk=submission.pk), now=now)
    given: dict[str, Any] = {"reviewers": list(reviewers), "together": together}
    if submission.status == Status.REVIEWED:
        return submission_machine.perform(submission, "add_review", by=by, now=now, **given)
    if submission.status == Status.IN_REVIEW:
        return _replace(submission, by=by, now=now, **given)
    return submission_machine.perform(submission, "assign_reviewers", by=by, now=now, **given)


def refresh(submissions: QuerySet[Submission], *, now: datetime) -> None:
    """Conflicts that no event told of; an unfinished review of theirs is taken back."""
    with transaction.atomic():
        take_back_for_conflict(standing.catch_up(submissions), now=now)


def _replace(
    submission: Submission, reviewers: Sequence[User], *, by: User, now: datetime, together: Together | None
) -> Submission:
    if not reviewers:
        raise Refused("Choose at least one reviewer.")
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission.pk)
        give_reviews(submission, reviewers, by=by, now=now, together=together)
    return submission


def give_reviews(
    submission: Submission,
    reviewers: Sequence[User],
    *,
    by: User | None,
    now: datetime,
    together: Together | None = None,
) -> None:
    """Call with the submission locked and in review."""
    if by is None:
        raise PermissionDenied
    answer_by = together.answer_by if together else london_day(now) + timedelta(days=DAYS_TO_ANSWER)
    for user in reviewers:
        wanted = Standing(user=user, submission=submission, kind=Standing.Kind.REVIEWER)
        review_machine.perform(
            Review(standing=wanted, cycle=submission.cycle, assigned_at=now, answer_by=answer_by),
            "assign",
            by=by,
            now=now,
            together=together,
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


def take_back_for_conflict(reviews: Iterable[Review], *, now: datetime) -> None:
    """Their reviewers turned out to have a conflict: nobody is asked, and HQ is told."""
    for review in reviews:
        reason = f"{review.standing.user} has a conflict of interest: {review.standing.why}."
        taken = void(review, reason=reason, now=now)
        notices.tell_hq_of_review(taken, "reviewer_conflict", Occasion(None, now, reason))


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
