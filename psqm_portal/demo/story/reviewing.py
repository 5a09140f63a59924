"""Reviews, decisions and release: which hub leaders review whom, what they say, and what HQ makes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from awards.domain import release_job, releasing, reviewing
from awards.domain.assignment import assign
from awards.domain.decisions import Choice, decide
from awards.domain.reviewing import Draft
from awards.models import Judgement, Review
from psqm_portal.core.clock import london_day
from psqm_portal.demo.story.joining import Tale
from psqm_portal.demo.texts.reviews import (
    COMMENTS,
    DECISION_NOTE,
    MODERATION,
    NARRATIVES,
    NOT_YET,
    PRIVATE,
)
from rounds.models import Audience, Criterion, Level, Step
from submissions.models import Submission

Verdict = Judgement.Verdict
# What the reviews of a round lead to, taken in turn.
FINISHED = (
    "level",
    "level",
    "level",
    "level",
    "not_yet",
    "level",
    "level",
    "lower",
    "level",
    "level",
    "level",
)
IN_REVIEW = (
    "one_done", "none_done", "flagged", "none_done", "unassigned", "decided", "one_done", "reviewed",
    "one_done",
    "declined", "decided",
)  # fmt: skip
# In these reviews somebody says not yet.
DOUBTS = {"not_yet", "flagged", "lower"}


def finish(tales: Sequence[Tale]) -> None:
    """A round that is over: all reviewed, decided and told."""
    submitted = [tale for tale in tales if tale.submission.status == Submission.Status.SUBMITTED]
    for number, tale in enumerate(submitted):
        outcome = FINISHED[number % len(FINISHED)]
        reviews = _assign(tale, number)
        for place, review in enumerate(reviews):
            _complete(tale, review, place, doubts=outcome in DOUBTS and place == 0)
        _decide(tale, outcome)
    if submitted:
        _release(submitted)


def go_on(tales: Sequence[Tale]) -> None:
    """A round in review: some reviews in, some to do, first decisions under embargo."""
    submitted = [tale for tale in tales if tale.submission.status == Submission.Status.SUBMITTED]
    for number, tale in enumerate(submitted):
        outcome = IN_REVIEW[number % len(IN_REVIEW)]
        if outcome == "unassigned":
            continue
        reviews = _assign(tale, number)
        if outcome == "none_done":
            continue
        if outcome == "declined":
            _decline(tale, reviews[1])
        if outcome in {"one_done", "declined"}:
            _begin(tale, reviews[0])
            if outcome == "one_done":
                _complete(tale, reviews[1], 1, doubts=False)
            continue
        for place, review in enumerate(reviews):
            _complete(tale, review, place, doubts=outcome in DOUBTS and place == 0)
        if outcome == "decided":
            _decide(tale, "level")


def _reviewers(tale: Tale, number: int) -> list[User]:
    """Two leaders of other hubs; the account with reviews to do comes first where it may."""
    leaders = [hub.leader for hub in tale.cast.hubs]
    here = leaders.index(tale.hub.leader)
    others = [leader for leader in (leaders[1], *leaders[2:], leaders[0]) if leader != leaders[here]]
    return [others[0], others[1 + number % 2]]


def _assign(tale: Tale, number: int) -> list[Review]:
    now = tale.steps.at(Step.ASSIGN_REVIEWERS, 0.4, Audience.HQ)
    reviewers = _reviewers(tale, number)
    tale.submission = assign(tale.submission, reviewers, by=tale.cast.head_office, now=now)
    reviews = Review.objects.filter(standing__submission=tale.submission).select_related("standing__user")
    by_person = {review.standing.user_id: review for review in reviews}
    return [by_person[person.pk] for person in reviewers]


def _draft(tale: Tale, *, doubts: bool, criteria: int = 99) -> Draft:
    random, judgements = tale.cast.random, {}
    rows = Criterion.objects.filter(strand__framework=tale.submission.round.framework_id).order_by("code")
    for row in rows[:criteria]:
        # What two people see in the same work is alike more often than not.
        work = Random(f"{tale.submission.school} {row.code}") if random.random() < 0.8 else random  # noqa: S311
        verdict = work.choice([Verdict.MET, Verdict.MET, Verdict.STRONGLY_MET])
        if doubts and row.code in {"A5", "C2", "C3"}:
            verdict = Verdict.NOT_MET
        judgements[row.pk] = (verdict.value, random.choice(COMMENTS[verdict.value]))
    if criteria < 13:
        return Draft(judgements=judgements)
    choice = Review.Recommendation.NOT_YET if doubts else Review.Recommendation.LEVEL
    return Draft(
        recommendation=choice.value,
        narrative=NOT_YET if doubts else random.choice(NARRATIVES),
        private_note=random.choice(PRIVATE),
        judgements=judgements,
    )


def _complete(tale: Tale, review: Review, place: int, *, doubts: bool) -> None:
    by = review.standing.user
    tale.steps.at(Step.REVIEW, 0.3 + 0.3 * place + tale.cast.random.uniform(0, 0.2), Audience.HUB_LEADER)
    reviewing.save_draft(review, _draft(tale, doubts=doubts), by=by)
    reviewing.complete(review, by=by, now=tale.steps.later(hours=1))
    tale.submission.refresh_from_db()


def _begin(tale: Tale, review: Review) -> None:
    reviewing.save_draft(review, _draft(tale, doubts=False, criteria=6), by=review.standing.user)


def _decline(tale: Tale, review: Review) -> None:
    reason = "I taught with their subject leader some years ago, so somebody else had better read it."
    reviewing.decline(
        review,
        reason=reason,
        by=review.standing.user,
        now=tale.steps.at(Step.REVIEW, 0.2, Audience.HUB_LEADER),
    )


def _decide(tale: Tale, outcome: str) -> None:
    level: Level | None = tale.submission.target_level
    if outcome == "not_yet":
        level = None
    elif outcome == "lower" and level is not None:
        level = Level.objects.filter(framework=level.framework_id, rank__lte=max(1, level.rank - 1)).last()
    now = _first(tale, Step.DECIDE) if outcome != "decided" else tale.steps.later(days=1)
    choice = Choice(
        tale.submission,
        level,
        note=DECISION_NOTE if level is None else "",
        moderation_note=MODERATION if outcome in DOUBTS else "",
    )
    tale.submission = decide(choice, by=tale.cast.head_office, now=now)


def _first(tale: Tale, step: Step) -> datetime:
    """In HQ's time for the step, or soon after what came before where that time lies ahead."""
    row = tale.calendar.milestone(step, Audience.HQ)
    if row.opens_on > london_day(tale.cast.now):
        return tale.steps.later(days=1)
    return tale.steps.at(step, 0.5, Audience.HQ)


def _release(tales: Sequence[Tale]) -> None:
    """All schools of the round hear on one morning."""
    day = tales[0].calendar.milestone(Step.NOTIFY, Audience.HQ).opens_on + timedelta(days=1)
    now = tales[0].calendar.on(day)
    release = releasing.ask(
        tales[0].submission.round, by=tales[0].cast.head_office, now=now - releasing.GRACE
    )
    release_job.work(release.pk, clock=lambda: now)
    if left := list(release.items.filter(told_at=None).values_list("problem", flat=True)):
        raise RuntimeError(f"Not told: {left}")
    for tale in tales:
        tale.steps.last = now
        tale.submission.refresh_from_db()
