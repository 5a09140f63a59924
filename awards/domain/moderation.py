"""HQ's look at reviews that differ or fall short: why, who looks, notes. An outcome is decided elsewhere."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Q

from accounts.models import User
from accounts.queries import hq_roles
from awards.domain.decisions import at_school
from awards.models import Judgement, Moderation, ModerationNote, Review
from psqm_portal.core import log
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import long_datetime
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from submissions.models.submission import Status

# Reviews of the present cycle may be looked at in these; told outcomes have their appeals.
OPEN = [Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED]


class Reason(StrEnum):
    """Why a submission is in the queue, the weightiest first."""

    DIFFER = "differ"
    NOT_YET = "not_yet"
    APART = "apart"
    BY_HAND = "by_hand"
    NOTE = "note"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Reason.DIFFER: "Recommendations differ",
    Reason.NOT_YET: "Somebody says not yet",
    Reason.APART: "Two steps apart on a criterion",
    Reason.BY_HAND: "Chosen by HQ",
    Reason.NOTE: "A note for HQ",
}
# A note for HQ is to be read; these are to be settled, in words, before a decision.
TO_SETTLE = {Reason.APART, Reason.BY_HAND}


def reasons_of(submissions: Collection[int]) -> dict[int, list[Reason]]:
    """Of those with a reason, in the order of Reason: from the completed reviews of their present cycle.

    Three queries, however many submissions.
    """
    found: dict[int, set[Reason]] = defaultdict(set)
    said: dict[int, set[str]] = defaultdict(set)
    present = Q(cycle=F("standing__submission__cycle"), status=Review.Status.COMPLETED)
    reviews = Review.objects.filter(present, standing__submission__in=submissions)
    for pk, recommendation, note in reviews.values_list(
        "standing__submission", "recommendation", "private_note"
    ):
        said[pk].add(recommendation)
        if note.strip():
            found[pk].add(Reason.NOTE)
    for pk, recommendations in said.items():
        if len(recommendations) > 1:
            found[pk].add(Reason.DIFFER)
        if Review.Recommendation.NOT_YET in recommendations:
            found[pk].add(Reason.NOT_YET)
    for pk in (
        Judgement.objects.filter(review__in=reviews)
        .order_by()
        .values("review__standing__submission", "criterion")
        .annotate(
            low=Count("pk", filter=Q(verdict=Judgement.Verdict.NOT_MET)),
            high=Count("pk", filter=Q(verdict=Judgement.Verdict.STRONGLY_MET)),
        )
        .filter(low__gt=0, high__gt=0)
        .values_list("review__standing__submission", flat=True)
    ):
        found[pk].add(Reason.APART)
    by_hand = Moderation.objects.filter(submission__in=submissions, cycle=F("submission__cycle"))
    for pk in by_hand.exclude(chosen_why="").values_list("submission", flat=True):
        found[pk].add(Reason.BY_HAND)
    return {pk: [one for one in Reason if one in reasons] for pk, reasons in found.items()}


def in_words(reasons: Iterable[Reason]) -> str:
    return "; ".join(one.words if at == 0 else one.words.lower() for at, one in enumerate(reasons))


def choose(submission: Submission, *, why: str, by: User, now: datetime) -> Moderation:
    """HQ wants to look at it although nothing in its reviews says so."""
    if not why.strip():
        raise Refused("Write why HQ looks at it.")
    with _locked(submission, by) as row:
        if row.chosen_why:
            raise Refused(f"{row.chosen_by} chose {submission.school} already.")
        row.chosen_why, row.chosen_by = why.strip(), by
        row.save(update_fields=["chosen_why", "chosen_by"])
        log.write("moderation.choose", by=by, now=now, about=submission.key)
    return row


def look(submission: Submission, *, by: User, now: datetime, instead_of: User | None = None) -> Moderation:
    """Say that I look at it, so that nobody does the same work. ``instead_of``: whom I take it over from; it
    is refused if somebody else has it by now.
    """
    with _locked(submission, by) as row:
        if row.looked_by_id == by.pk:
            return row
        if row.looked_by is not None and row.looked_by != instead_of:
            raise Refused(f"{row.looked_by} has looked at it since {long_datetime(row.looked_since)}.")
        row.looked_by, row.looked_since = by, now
        row.save(update_fields=["looked_by", "looked_since"])
        log.write("moderation.look", by=by, now=now, about=submission.key)
    return row


def leave(submission: Submission, *, by: User, now: datetime) -> Moderation:
    """I don't look at it any more."""
    with _locked(submission, by) as row:
        if row.looked_by_id != by.pk:
            raise Refused("You aren't looking at it now.")
        row.looked_by = row.looked_since = None
        row.save(update_fields=["looked_by", "looked_since"])
        log.write("moderation.leave", by=by, now=now, about=submission.key)
    return row


def add_note(submission: Submission, *, text: str, by: User, now: datetime) -> ModerationNote:
    if not text.strip():
        raise Refused("Write the note.")
    with _locked(submission, by) as row:
        note = ModerationNote.objects.create(moderation=row, by=by, at=now, text=text.strip())
        log.write("moderation.note", by=by, now=now, about=submission.key)
    return note


@contextmanager
def _locked(submission: Submission, by: User) -> Iterator[Moderation]:
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    with transaction.atomic():
        mine = Submission.objects.select_for_update().get(pk=submission.pk)
        if mine.status not in OPEN:
            raise Refused(
                f"{submission.school} isn't moderated now: it is {mine.get_status_display().lower()}."
            )
        if at_school(by).filter(school=mine.school_id).exists():
            raise Refused(
                f"You are or were at {submission.school}, so somebody else in HQ looks at its reviews."
            )
        row, _ = Moderation.objects.get_or_create(submission=mine, cycle=mine.cycle)
        yield row


# What only this app knows about a submission's moves ------------------------------------------------


@submission_machine.guard("decide")
def looked_at(submission: Submission, occasion: Occasion) -> str | None:
    """What the recommendations alone don't show was looked at, and said how, before an outcome."""
    if "level" not in occasion.given or (occasion.given.get("moderation_note") or "").strip():
        return None
    open_ = [one for one in reasons_of([submission.pk]).get(submission.pk, []) if one in TO_SETTLE]
    if not open_:
        return None
    notes = ModerationNote.objects.filter(moderation__submission=submission)
    if notes.filter(moderation__cycle=submission.cycle).exists():
        return None
    return f"{in_words(open_)}. Look at it under Moderation and write a note there first."
