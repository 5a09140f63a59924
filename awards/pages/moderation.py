"""HQ's queue of reviews to look at, and the reviews of one submission beside each other."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from awards.domain.moderation import Reason, reasons_of
from awards.models import Judgement, Moderation, Review
from awards.pages.agreement import STEPS
from awards.queries import FrozenCriterion, frozen_work, present_reviews, with_reviews
from rounds.models import Round
from submissions.models import Submission
from submissions.models.submission import Status


@dataclass(frozen=True, slots=True)
class Queue:
    """``reasons``: of each submission with one, in their order by school; ``settled``: decided already."""

    reasons: dict[int, list[Reason]]
    counts: Counter[Reason]
    settled: int


def queue_of(round_: Round, *, settled: bool = False) -> Queue:
    """Those whose reviews are in, also while a further one is asked for. Four queries."""
    done = (
        Review.objects.filter(
            standing__submission=OuterRef("pk"), cycle=OuterRef("cycle"), status=Review.Status.COMPLETED
        )
        .order_by()
        .values("cycle")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        Submission.objects.filter(round=round_)
        .annotate(done=Coalesce(Subquery(done), 0))
        .filter(
            Q(status__in=[Status.REVIEWED, Status.DECIDED])
            | Q(status=Status.IN_REVIEW, done__gte=round_.reviews_per_submission)
        )
        .order_by("school__name", "pk")
    )
    statuses = dict(rows.values_list("pk", "status"))
    reasons = reasons_of(statuses)
    decided = {pk for pk in reasons if statuses[pk] == Status.DECIDED}
    shown = {pk: reasons[pk] for pk in statuses if pk in reasons and (pk in decided) == settled}
    counts = Counter(reason for found in shown.values() for reason in found)
    return Queue(shown, counts, len(decided))


def rows_of(page: Sequence[int], reasons: dict[int, list[Reason]]) -> list[dict[str, Any]]:
    """A page's submissions with their reviews, who looks at each, and how many notes there are."""
    present = (
        Moderation.objects.filter(cycle=F("submission__cycle"))
        .select_related("looked_by")
        .annotate(noted=Count("notes"))
    )
    found = with_reviews(Submission.objects.filter(pk__in=page)).prefetch_related(
        Prefetch("moderations", present, to_attr="looks")
    )
    by_pk = {row.pk: row for row in found}
    return [
        {
            "submission": by_pk[pk],
            "reasons": reasons[pk],
            "reviews": present_reviews(by_pk[pk]),
            "look": next(iter(by_pk[pk].looks), None),
        }
        for pk in page
        if pk in by_pk
    ]


@dataclass(frozen=True, slots=True)
class Compared:
    """One criterion: what each reviewer says, and how many steps they are apart."""

    row: FrozenCriterion
    said: list[tuple[Review, Judgement | None]]

    @property
    def apart(self) -> int:
        steps = [STEPS[one.verdict] for _, one in self.said if one is not None and one.verdict]
        return max(steps) - min(steps) if steps else 0


def sent_reviews(submission: Submission) -> list[Review]:
    rows = Review.objects.filter(
        standing__submission=submission, cycle=submission.cycle, status=Review.Status.COMPLETED
    )
    return list(
        rows.select_related("standing__user").prefetch_related("judgements").order_by("completed_at", "pk")
    )


def compared(submission: Submission, reviews: list[Review], *, today: date) -> list[Compared]:
    """The frozen work by criterion, with the reviews beside each other."""
    if not reviews:
        return []
    judged = [{one.criterion_id: one for one in review.judgements.all()} for review in reviews]
    return [
        Compared(
            row, [(review, mine.get(row.criterion.pk)) for review, mine in zip(reviews, judged, strict=True)]
        )
        for row in frozen_work(submission, reviews[0], today=today).criteria
    ]


def may_be_chosen(round_: Round, queue: Queue) -> QuerySet[Submission]:
    return (
        Submission.objects.filter(round=round_, status=Status.REVIEWED)
        .exclude(pk__in=queue.reasons)
        .select_related("school")
        .order_by("school__name", "pk")
    )
