"""What a hub leader's checklist says of their reviews of other hubs' schools."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from awards.models import Review
from hubs.slots import DutyLine, Led, duty_lines, state_of
from psqm_portal.core.clock import london_day
from rounds.models import Audience, Step


def lines(rows: Sequence[Led], now: datetime) -> dict[int, list[DutyLine]]:
    """A leader of two hubs in a round has one number to do: the larger agreed one. One query."""
    agreed: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        if row.leader:
            key = row.leader.user_id, row.hub_round.round_id
            least = row.hub_round.round.minimum_reviews
            agreed[key] = max(agreed[key], row.leader.agreed_reviews, least)
    counts = {
        (user, round_): (done, open_)
        for user, round_, done, open_ in Review.objects.filter(
            standing__user__in={user for user, _ in agreed},
            standing__submission__round__in={round_ for _, round_ in agreed},
        )
        .order_by()
        .values_list("standing__user", "standing__submission__round")
        .annotate(
            done=Count("pk", filter=Q(status=Review.Status.COMPLETED)),
            open=Count("pk", filter=Q(status=Review.Status.ASSIGNED)),
        )
    }
    found = {}
    for row in rows:
        step = row.dates.get((Step.REVIEW, Audience.HUB_LEADER))
        if row.leader is None or step is None:
            continue
        key = row.leader.user_id, row.hub_round.round_id
        done, open_ = counts.get(key, (0, 0))
        need, today = agreed[key], london_day(now)
        # Nobody is late with a review that HQ didn't give them.
        over = step.due_on < today and not open_
        state = state_of(
            is_done=(done >= need and not open_) or over,
            due_on=step.due_on,
            opens_on=None if open_ else step.opens_on,
            today=today,
        )
        note = f"{open_} more to do" if open_ else ""
        if over and done < need:
            note = "HQ gave no more"
        found[row.hub_round.pk] = [
            DutyLine(
                "reviews", "Review submissions of other hubs", state, f"{done} of {need}",
                due_on=step.due_on, note=note, url=reverse("reviews"),
                hq_url=reverse("round_reviews", args=[row.hub_round.round.slug]), done=done, of=need,
            )
        ]  # fmt: skip
    return found


if lines not in duty_lines:
    duty_lines.append(lines)
