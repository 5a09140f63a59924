"""What a reviewer does: write, complete, decline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from awards.domain.review_machine import review_machine, roles_towards
from awards.models import Judgement, Review, Standing
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Criterion
from submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Draft:
    """What the review page holds. ``judgements``: criterion id → (verdict or "", comment)."""

    recommendation: str = ""
    narrative: str = ""
    private_note: str = ""
    judgements: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def save_draft(review: Review, draft: Draft, *, by: User) -> Review:
    """Keep what is typed, complete or not. Raises Refused once the review is completed or taken back."""
    with transaction.atomic():
        Submission.objects.select_for_update().get(standings__pk=review.standing_id)
        review = Review.objects.select_for_update().get(pk=review.pk)
        if Role.REVIEWER not in roles_towards(by, review):
            raise PermissionDenied
        if review.status != Review.Status.ASSIGNED:
            raise Refused(f"This review can't be changed: it is {review.get_status_display().lower()}.")
        review.recommendation = draft.recommendation
        review.narrative, review.private_note = draft.narrative, draft.private_note
        review.save(update_fields=["recommendation", "narrative", "private_note"])
        _keep_judgements(review, draft.judgements)
    return review


def _keep_judgements(review: Review, judgements: Mapping[int, tuple[str, str]]) -> None:
    framework_id = Standing.objects.values_list("submission__round__framework_id", flat=True).get(
        pk=review.standing_id
    )
    known = Criterion.objects.filter(strand__framework_id=framework_id, pk__in=judgements)
    Judgement.objects.bulk_create(
        [
            Judgement(review=review, criterion_id=pk, verdict=judgements[pk][0], comment=judgements[pk][1])
            for pk in known.values_list("pk", flat=True)
        ],
        update_conflicts=True,
        unique_fields=["review", "criterion"],
        update_fields=["verdict", "comment"],
    )


def complete(review: Review, *, by: User, now: datetime) -> Review:
    return review_machine.perform(review, "complete", by=by, now=now)


def decline(review: Review, *, reason: str, by: User, now: datetime) -> Review:
    return review_machine.perform(review, "decline", by=by, now=now, reason=reason)


def take_back(review: Review, *, reason: str, by: User, now: datetime) -> Review:
    """HQ's move; the person may be chosen again."""
    return review_machine.perform(review, "void", by=by, now=now, reason=reason)
