"""What the review page shows beside the work: the award before."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from awards.models import Decision, Review, Standing
from awards.queries import told_reviews
from rounds.models import Level
from submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Before:
    """What the school was told the last time: the outcome, HQ's note, the reviewers' words for the school."""

    round_name: str
    level: Level | None
    told_at: datetime
    note: str
    reviews: list[Review]
    names_reviewers: bool


def outcome_before(submission: Submission, reader: User) -> Before | None:
    """The school's newest released outcome of other work; nothing for whom that work was out of bounds.

    At most three queries.
    """
    decision = (
        Decision.objects.filter(submission__school=submission.school_id, released_at__isnull=False)
        .exclude(submission=submission)
        .select_related("level", "submission__round")
        .order_by("-released_at", "-pk")
        .first()
    )
    if decision is None or decision.released_at is None:
        return None
    earlier = decision.submission
    if Standing.objects.filter(user=reader, submission=earlier, kind=Standing.Kind.CONFLICT).exists():
        return None
    return Before(
        round_name=earlier.round.name,
        level=decision.level,
        told_at=decision.released_at,
        note=decision.note,
        reviews=list(told_reviews(decision)),
        names_reviewers=earlier.round.names_reviewers,
    )
