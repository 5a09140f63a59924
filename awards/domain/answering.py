"""Reviewers say yes or no to what they were given, by a day; who hasn't is reminded once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from awards.domain import reviewing
from awards.models import Review, Standing
from messaging.domain.mail import Letter, write_many
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from submissions.models import Submission

TEMPLATE = "awards/mail/review_answer"


def unanswered() -> QuerySet[Review]:
    return Review.objects.filter(
        status=Review.Status.ASSIGNED,
        accepted_at=None,
        standing__kind=Standing.Kind.REVIEWER,
        standing__submission__status=Submission.Status.IN_REVIEW,
    )


def accept_several(ids: Collection[int], *, by: User, now: datetime) -> int:
    """How many of the person's own are accepted with this; others among them are left alone."""
    accepted = 0
    for review in unanswered().filter(standing__user=by, pk__in=ids).order_by("pk"):
        try:
            reviewing.accept(review, by=by, now=now)
        except Refused:
            continue
        accepted += 1
    return accepted


def remind(now: datetime) -> None:
    """From the day before the answer is due, once for each person and day, with all that waits for them."""
    today = london_day(now)
    rows = unanswered().filter(answer_by__lte=today + timedelta(days=1), answer_by__gte=today)
    waiting: dict[tuple[User, date], list[Review]] = defaultdict(list)
    for row in rows.select_related("standing__user", "standing__submission__school").order_by(
        "standing__submission__school__name", "pk"
    ):
        if row.answer_by is not None and london_day(row.assigned_at) < today:
            waiting[row.standing.user, row.answer_by].append(row)
    write_many(
        (
            Letter(
                TEMPLATE,
                user,
                context([row.standing.submission for row in theirs], answer_by),
                once=f"review_answer:{user.pk}:{answer_by}",
            )
            for (user, answer_by), theirs in waiting.items()
        ),
        now=now,
    )


def context(submissions: Collection[Submission], answer_by: date) -> dict:
    """What the reminder is about."""
    return {
        "schools": [str(one.school) for one in submissions],
        "answer_by": answer_by,
        "url": reverse("reviews"),
    }
