"""The round in review: what leaders agreed to, who said yes, and a plan for what lacks a reviewer."""

from awards.domain import agreed, answering, plans
from awards.domain.staffing import staffing
from psqm_portal.demo.story.cast import Cast
from rounds.models import Round

AGREED = 12


def plan_the_rest(cast: Cast, round_: Round) -> None:
    leaders = {hub.leader.pk: hub.leader for hub in cast.hubs}
    agreed.set_numbers(dict.fromkeys(leaders, AGREED), by=cast.head_office, now=cast.now)
    waiting = answering.unanswered().filter(standing__submission__round=round_)
    for leader in leaders.values():
        ids = list(waiting.filter(standing__user=leader).values_list("pk", flat=True))
        answering.accept_several(ids, by=leader, now=cast.now)
    if any(staffing(round_).needs.values()):
        plans.make(round_, by=cast.head_office, now=cast.now)
