"""Schools that asked HQ to look at their outcome again: one was answered, one still waits."""

from collections.abc import Sequence
from datetime import timedelta

from awards.domain import appeals, letters
from awards.models import Decision
from psqm_portal.demo.story.joining import Tale

# The round was told a month ago, and one appeal comes yesterday.
LONG_ENOUGH = 42
OVERLOOKED = (
    "The reviewers write that children’s own questions aren’t shown under C1. They are: the enquiry week in "
    "March is in evidence 4 to 9, with the question board of each class. It seems that it wasn’t opened."
)
HIGHER = (
    "We aimed higher than what we were given, and both reviewers call our monitoring strong. Could somebody "
    "read A5 again beside the governors’ report?"
)
REASONS = (OVERLOOKED, HIGHER)
ANSWER = (
    "We read C1 and all its evidence again. The enquiry week is there and it is lively; the reviewers saw "
    "it. What is missing for the level is that children plan the next step by themselves, in more than one "
    "year group. So the outcome stands. Your hub leader is glad to go through it with you."
)


def appeal(tales: Sequence[Tale]) -> None:
    """Of the round that is over; the second asked yesterday, where the time to appeal isn't over."""
    cast, round_ = tales[0].cast, tales[0].submission.round
    appeals.set_terms(round_, appeal_days=LONG_ENOUGH, answer_days=15, by=cast.head_office, now=cast.now)
    by_pk = {tale.submission.pk: tale for tale in tales}
    told = Decision.objects.filter(submission__in=list(by_pk), released_at__isnull=False)
    rows = told.select_related("level", "submission__target_level").order_by("pk")
    open_to = [one for one in rows if letters.may_appeal(one)][: len(REASONS)]
    for decision, reasons in zip(open_to, REASONS, strict=False):
        tale = by_pk[decision.submission_id]
        yesterday = cast.now - timedelta(days=1)
        is_first = decision == open_to[0]
        assert decision.released_at is not None  # noqa: S101 - asked for above
        raised = decision.released_at + timedelta(days=3) if is_first else yesterday
        if appeals.why_not(decision, by=tale.leader, now=raised) or raised > yesterday:
            continue
        made = appeals.raise_appeal(decision, reasons, by=tale.leader, now=raised)
        if is_first:
            answered = min(raised + timedelta(days=6), cast.now)
            appeals.turn_down(made, ANSWER, by=cast.head_office, now=answered)
