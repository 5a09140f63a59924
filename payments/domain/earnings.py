"""What hub leaders earn: a line for each cause, made at its moment, once.

A deferred school pays once, so what was earned for the submission that a copy continues isn't earned
again for the copy.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from accounts.models import User
from awards.models import Review
from hubs.models import Attendance, Hub
from hubs.queries import leader_of
from payments.domain.terms import terms_of
from payments.models import Earning, Moment
from psqm_portal.core.money import PENNY
from rounds.models import Round
from rounds.models.rounds import Kind
from submissions.models import Submission
from submissions.models.submission import LIVE


def parts_of(rate: Decimal, shares: Mapping[str, int]) -> dict[str, Decimal]:
    """The rate split by percentages; the last moment with a share takes the remainder, so pence add up.

    Moments without a share are left out. Shares add up to 100.
    """
    with_share = [moment for moment, share in shares.items() if share > 0]
    parts = {
        moment: (rate * shares[moment] / 100).quantize(PENNY, rounding=ROUND_DOWN)
        for moment in with_share[:-1]
    }
    return {**parts, with_share[-1]: rate - sum(parts.values())}


def earn_for_school(submission: Submission, moment: Moment, *, now: datetime) -> Earning | None:
    """The hub leader's line for a school at one of the three moments; None where nothing falls due."""
    terms = terms_of(submission.round)
    if submission.round.kind == Kind.REACCREDITATION:
        if moment != Moment.ENROLMENT:
            return None
        kind, rate = Earning.Kind.REACCREDITATION, terms.reaccreditation_rate
        amount: Decimal | None = rate
    else:
        kind, rate = Earning.Kind.SCHOOL, terms.school_rate
        amount = parts_of(rate, terms.shares).get(moment)
    if amount is None or _earned_before(submission, moment):
        return None
    return _line(
        submission,
        kind,
        moment.value,
        payee=leader_of(submission.hub),
        rate=rate,
        amount=amount,
        cause=f"{_HAPPENED[moment].format(school=submission.school)}, {submission.round}",
        now=now,
    )


_HAPPENED = {
    Moment.ENROLMENT: "{school} enrolled",
    Moment.TRAINING: "{school} came to its first training",
    Moment.SUBMISSION: "{school} submitted",
}


def earn_at_enrolment(submission: Submission, *, now: datetime) -> None:
    """On enrolment, and for a training that the school came to before it was enrolled."""
    earn_for_school(submission, Moment.ENROLMENT, now=now)
    at = {"session__hub_round__hub": submission.hub_id, "session__hub_round__round": submission.round_id}
    if Attendance.objects.filter(school=submission.school_id, **at).exists():
        earn_for_school(submission, Moment.TRAINING, now=now)


def earn_for_training(attendance: Attendance, *, now: datetime) -> Earning | None:
    """At the first training that the school comes to; None before it is enrolled."""
    hub_round = attendance.session.hub_round
    submission = (
        Submission.objects.select_related("school", "round", "hub")
        .filter(school=attendance.school_id, round=hub_round.round_id, hub=hub_round.hub_id, status__in=LIVE)
        .first()
    )
    return earn_for_school(submission, Moment.TRAINING, now=now) if submission else None


def earn_for_review(review: Review, *, now: datetime) -> Earning:
    """The reviewer's line; a review that is finished again stays the same line."""
    submission = review.standing.submission
    rate = terms_of(submission.round).review_rate
    return _line(
        submission,
        Earning.Kind.REVIEW,
        f"review-{review.pk}",
        payee=review.standing.user,
        rate=rate,
        amount=rate,
        cause=f"Review of {submission.school}, {submission.round}",
        now=now,
    )


def give_to_leader(hub: Hub, leader: User) -> int:
    """Lines that fell due while the hub had no leader go to the one appointed now; how many."""
    return Earning.objects.filter(payee=None, submission__hub=hub).update(payee=leader)


def give_to_new_hub(submission: Submission) -> int:
    """Lines that fell due while the old hub had no leader go to the new hub's; earned ones stay."""
    lines = Earning.objects.filter(payee=None, submission=submission)
    return lines.update(payee=leader_of(submission.hub))


def still_to_earn(submissions: Iterable[Submission]) -> dict[int, dict[str, Decimal]]:
    """Submission id → what hasn't fallen due yet for the school, by moment; without reviews.

    A query for the lines, one for each round's terms, and one more each time that work was deferred.
    """
    rows = list(submissions)
    earned: dict[int, set[str]] = {row.pk: set() for row in rows}
    origins = {row.pk: row.pk for row in rows}
    before = {row.continues_id: row.pk for row in rows if row.continues_id}
    while before:
        origins |= before
        older = Submission.objects.filter(pk__in=before).exclude(continues=None)
        before = {earlier: before[pk] for pk, earlier in older.values_list("pk", "continues_id")}
    lines = Earning.objects.filter(submission__in=origins).exclude(kind=Earning.Kind.REVIEW)
    for pk, instalment in lines.values_list("submission_id", "instalment"):
        earned[origins[pk]].add(instalment)
    terms = {row.round_id: row.round for row in rows}
    parts = {pk: _parts_of_round(round_) for pk, round_ in terms.items()}
    return {
        row.pk: {moment: sum_ for moment, sum_ in parts[row.round_id].items() if moment not in earned[row.pk]}
        for row in rows
    }


def _parts_of_round(round_: Round) -> dict[str, Decimal]:
    terms = terms_of(round_)
    if round_.kind == Kind.REACCREDITATION:
        return {Moment.ENROLMENT.value: terms.reaccreditation_rate}
    return {str(moment): amount for moment, amount in parts_of(terms.school_rate, terms.shares).items()}


def _earned_before(submission: Submission, moment: Moment) -> bool:
    """Whether a submission that this one continues has earned this moment."""
    earlier: list[int] = []
    continued = submission.continues
    while continued is not None:
        earlier.append(continued.pk)
        continued = continued.continues
    lines = Earning.objects.filter(submission__in=earlier, instalment=moment.value)
    return bool(earlier) and lines.exists()


def _line(
    submission: Submission,
    kind: Earning.Kind,
    instalment: str,
    *,
    payee: User | None,
    rate: Decimal,
    amount: Decimal,
    cause: str,
    now: datetime,
) -> Earning:
    """Make the line once: the unique constraint decides, also between two who come at the same time."""
    return Earning.objects.get_or_create(
        submission=submission,
        kind=kind,
        instalment=instalment,
        defaults={"payee": payee, "rate": rate, "amount": amount, "cause": cause, "earned_at": now},
    )[0]
