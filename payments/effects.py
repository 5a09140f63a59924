"""What an act of HQ's means for money, in sentences, before it is done (product, section 4 and issue 4)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from hubs.models import Hub
from hubs.queries import leader_of
from payments.domain.earnings import still_to_earn
from payments.models import Earning, Invoice, Moment
from psqm_portal.core.clock import long_day
from psqm_portal.core.registers import money_effects
from psqm_portal.core.templatetags.portal import money
from submissions.models import LIVE, Submission

AT = {
    Moment.ENROLMENT.value: "on enrolment",
    Moment.TRAINING.value: "at the first training attended",
    Moment.SUBMISSION.value: "on submitting",
}


def effects(act: str, subject: Any, given: Mapping[str, Any]) -> list[str]:
    match act:
        case "withdraw" | "defer" | "move_hub":
            return [*_invoice(act, subject, given), *_earned(act, subject, given), *_reviews(subject)]
        case "replace_leader":
            return _of_hub(subject)
    return ["The invoice and what hub leaders earn stay as they are."]


def _invoice(act: str, submission: Submission, given: Mapping[str, Any]) -> list[str]:
    invoice = Invoice.objects.filter(submission=submission).first()
    if invoice is None:
        return ["There is no invoice."]
    to = given.get("round") or "the later round"
    if invoice.status == Invoice.Status.DRAFT:
        return {
            "withdraw": ["The invoice is held back and won’t be issued: a withdrawn school isn’t charged."],
            "defer": [f"The invoice isn’t issued yet. It goes along, and is issued at the fee of {to}."],
        }.get(act, ["The invoice is held back, and stays with the school’s work."])
    paid = (
        "paid"
        if invoice.balance <= 0
        else f"{money(invoice.paid)} of it paid"
        if invoice.paid
        else "not paid"
    )
    name = f"Invoice {invoice.number} over {money(invoice.total)}, {paid},"
    if act == "defer":
        return [f"{name} goes along to {to}: the school doesn’t pay again."]
    if act != "withdraw":
        return [f"{name} stays as it is."]
    found = [f"{name} stays as issued."]
    if invoice.balance > 0:
        found.append(
            f"{money(invoice.balance)} is still owed. If the school is let off, a credit note is due."
        )
    if invoice.paid > 0:
        found.append(
            f"If money goes back, a credit note and a refund of up to {money(invoice.paid)} are due."
        )
    return found


def _earned(act: str, submission: Submission, given: Mapping[str, Any]) -> list[str]:
    lines = Earning.objects.filter(submission=submission).exclude(kind=Earning.Kind.REVIEW)
    to = given.get("hub")
    leader = leader_of(to) if isinstance(to, Hub) else None
    found = []
    for line in lines.select_related("payee").order_by("earned_at", "pk"):
        what = f"{money(line.amount)} {AT.get(line.instalment, line.instalment)}"
        if line.payee is None:
            whose = f"goes to {leader}" if act == "move_hub" and leader else "waits for the hub’s next leader"
            found.append(f"{what} has no leader to go to yet; it {whose}.")
        else:
            state = f"paid on {long_day(line.paid_on)}" if line.paid_on else "not paid yet"
            found.append(f"{what} is earned by {line.payee} and stays theirs ({state}).")
    return [*found, *_to_come(act, submission, given, str(leader or "who leads the new hub then"))]


def _to_come(act: str, submission: Submission, given: Mapping[str, Any], leader: str) -> list[str]:
    coming = still_to_earn([submission])[submission.pk]
    if not coming:
        return ["Nothing more falls due to a hub leader for this school."]
    what = " and ".join(f"{money(amount)} {AT[moment]}" for moment, amount in coming.items())
    if act == "withdraw":
        return [f"{what} doesn’t fall due any more."]
    if act == "defer":
        to = given.get("round") or "the later round"
        return [f"{what} isn’t earned yet: it falls due in {to}, by its terms."]
    return [f"{what} falls due to {leader}."]


def _reviews(submission: Submission) -> list[str]:
    lines = Earning.objects.filter(submission=submission, kind=Earning.Kind.REVIEW)
    done = lines.aggregate(number=Count("pk"), amount=Sum("amount"))
    if not done["number"]:
        return []
    reviews = "1 finished review" if done["number"] == 1 else f"{done['number']} finished reviews"
    return [f"{money(done['amount'])} for {reviews} stays with the reviewers."]


def _of_hub(hub: Hub) -> list[str]:
    found = []
    if (leader := leader_of(hub)) is not None:
        mine = Earning.objects.filter(submission__hub=hub, payee=leader).exclude(kind=Earning.Kind.REVIEW)
        sums = mine.aggregate(
            all=Sum("amount", default=Decimal(0)),
            paid=Sum("amount", filter=Q(paid_on__isnull=False), default=Decimal(0)),
        )
        found.append(
            f"{money(sums['all'])} earned for schools of {hub} so far stays with {leader}:"
            f" {money(sums['paid'])} paid, {money(sums['all'] - sums['paid'])} not paid yet."
        )
    live = (
        Submission.objects.filter(hub=hub, status__in=LIVE).select_related("round").order_by("round_id", "pk")
    )
    coming = still_to_earn(live)
    by_round: dict[str, list[Decimal]] = {}
    for row in live:
        if coming[row.pk]:
            by_round.setdefault(str(row.round), []).append(sum(coming[row.pk].values(), Decimal(0)))
    for round_, amounts in by_round.items():
        schools = "1 school" if len(amounts) == 1 else f"{len(amounts)} schools"
        found.append(
            f"Up to {money(sum(amounts, Decimal(0)))} for {schools} of {round_} falls due to the new leader."
        )
    if not by_round:
        found.append("Nothing more falls due for the schools that the hub has now.")
    found.append("Enter the new leader’s payee reference on the hub’s page of people before they are paid.")
    return found


if effects not in money_effects:
    money_effects.append(effects)
