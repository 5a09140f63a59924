"""What a reviewer does: accept or decline, write, complete."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from awards.domain.review_machine import review_machine, roles_towards
from awards.domain.words import Draft, keep
from awards.models import Review
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.models import Submission

__all__ = ["Draft", "accept", "complete", "decline", "save_draft", "take_back"]


def save_draft(review: Review, draft: Draft, *, by: User, seen: Mapping[int, str] | None = None) -> Review:
    """Keep what is typed, complete or not. Raises Refused once the review is completed or taken back, and
    OutOfDate where something newer stands than the page was opened with (``seen``, by criterion).
    """
    with transaction.atomic():
        submission = (
            Submission.objects.select_for_update(of=["self"])
            .select_related("round")
            .get(standings__pk=review.standing_id)
        )
        review = Review.objects.select_for_update().get(pk=review.pk)
        if Role.REVIEWER not in roles_towards(by, review):
            raise PermissionDenied
        if review.status != Review.Status.ASSIGNED:
            raise Refused(f"This review can't be changed: it is {review.get_status_display().lower()}.")
        keep(review, draft, framework_id=submission.round.framework_id, seen=seen)
    return review


def complete(review: Review, *, by: User, now: datetime) -> Review:
    return review_machine.perform(review, "complete", by=by, now=now)


def accept(review: Review, *, by: User, now: datetime) -> Review:
    """The reviewer says yes; who completes a review without has said so too."""
    return review_machine.perform(review, "accept", by=by, now=now)


def decline(review: Review, *, reason: str, by: User, now: datetime) -> Review:
    return review_machine.perform(review, "decline", by=by, now=now, reason=reason)


def take_back(review: Review, *, reason: str, by: User, now: datetime) -> Review:
    """HQ's move; the person may be chosen again."""
    return review_machine.perform(review, "void", by=by, now=now, reason=reason)
