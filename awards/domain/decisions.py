"""HQ's outcome of a submission: flags for moderation, decide, undo, an upheld appeal, release."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from awards.models import Decision, Review
from psqm_portal.core.machine import Occasion, Refused
from rounds.models import Level
from schools.models import SchoolMembership
from submissions.domain.machine import submission_machine
from submissions.models import Submission


def flag(reviews: Iterable[Review]) -> str | None:
    """Why HQ has to look closer: of the completed reviews of the submission's present cycle."""
    said = {review.recommendation for review in reviews}
    if len(said) > 1:
        return "The reviewers differ"
    if Review.Recommendation.NOT_YET in said:
        return "The reviewers say not yet"
    return None


def counted_reviews(submission: Submission) -> list[Review]:
    return list(
        Review.objects.filter(
            standing__submission=submission, cycle=submission.cycle, status=Review.Status.COMPLETED
        )
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """An outcome for one submission; ``level`` None means not yet."""

    submission: Submission
    level: Level | None
    note: str = ""
    moderation_note: str = ""


def decide(choice: Choice, *, by: User, now: datetime) -> Submission:
    return submission_machine.perform(
        choice.submission,
        "decide",
        by=by,
        now=now,
        level=choice.level,
        note=choice.note,
        moderation_note=choice.moderation_note,
    )


def decide_many(choices: Iterable[Choice], *, by: User, now: datetime) -> tuple[list[Submission], list[str]]:
    """Each in its own transaction: what was decided, and a sentence for each that couldn't be."""
    decided, problems = [], []
    for choice in choices:
        try:
            decided.append(decide(choice, by=by, now=now))
        except Refused as refused:
            problems.append(f"{choice.submission.school}: {refused}")
    return decided, problems


def undo(submission: Submission, *, reason: str, by: User, now: datetime) -> Submission:
    return submission_machine.perform(submission, "undo", by=by, now=now, reason=reason)


def uphold_appeal(choice: Choice, *, reason: str, by: User, now: datetime) -> Submission:
    """The released decision is closed and the new one stands, until its own release an embargoed one."""
    return submission_machine.perform(
        choice.submission,
        "uphold_appeal",
        by=by,
        now=now,
        reason=reason,
        level=choice.level,
        note=choice.note,
    )


def record(submission: Submission, occasion: Occasion) -> Decision:
    """Write the decision that a move brought. Raises Refused when the move was given none."""
    if "level" not in occasion.given or occasion.by is None:
        raise Refused("Choose the outcome.")
    return Decision.objects.create(
        submission=submission,
        level=occasion.given["level"],
        note=(occasion.given.get("note") or "").strip(),
        moderation_note=(occasion.given.get("moderation_note") or "").strip(),
        decided_by=occasion.by,
        decided_at=occasion.now,
    )


def close_standing(submission: Submission, *, now: datetime) -> None:
    submission.decisions.filter(undone_at=None).update(undone_at=now)


# What only this app knows about a submission's moves ------------------------------------------------


@submission_machine.guard("decide")
@submission_machine.guard("uphold_appeal")
def level_is_open(submission: Submission, occasion: Occasion) -> str | None:
    """The target level or a lower one of the round's framework."""
    level, target = occasion.given.get("level"), submission.target_level
    if level is None or target is None:
        return None
    if level.framework_id != target.framework_id or level.rank > target.rank:
        return f"{submission.school} aims for {target}: choose {target}, a lower level or not yet."
    return None


def at_school(user: User) -> QuerySet[SchoolMembership]:
    """The schools on which this person doesn't decide: where they are or were, as for sign-off."""
    return SchoolMembership.objects.filter(user=user)


@submission_machine.guard("decide")
@submission_machine.guard("undo")
@submission_machine.guard("uphold_appeal")
def no_school_of_their_own(submission: Submission, occasion: Occasion) -> str | None:
    if occasion.by is not None and at_school(occasion.by).filter(school=submission.school_id).exists():
        return f"You are or were at {submission.school}, so somebody else in HQ has to decide."
    return None


@submission_machine.guard("decide")
def moderation_settled(submission: Submission, occasion: Occasion) -> str | None:
    if "level" not in occasion.given or (occasion.given.get("moderation_note") or "").strip():
        return None
    if (why := flag(counted_reviews(submission))) is not None:
        return f"{why}. Write a moderation note that says how HQ settled it."
    return None
