"""What happened to a submission and its parts, in words, without what is under embargo."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from psqm_portal.core.models import HistoryEntry
from submissions import rules
from submissions.models import Part
from submissions.models.submission import Status
from submissions.pages.sight import Sight

WORDS = {
    "enrol": "The school was enrolled",
    "propose_level": "A level was proposed",
    "confirm_level": "The level was confirmed",
    "return_level": "The proposed level was returned",
    "send_for_sign_off": "Everything was sent for sign-off",
    "return": "The submission was returned to the school",
    "sign_off": "The submission was signed off",
    "reopen_parts": "Parts were reopened",
    "submit": "The work was submitted to PSQM",
    "close": "The round closed before the work was submitted",
    "let_in_late": "The school was let in late",
    "assign_reviewers": "Reviewers were assigned",
    "finish_reviews": "The last review came in",
    "add_review": "Another review was asked for",
    "decide": "The award was decided",
    "undo": "The decision was undone",
    "release": "The outcome was told",
    "uphold_appeal": "An appeal was upheld",
    "reopen": "The work was reopened for the school",
    "withdraw": "The submission was withdrawn",
    "defer": "The submission was deferred to a later round",
}
PART_WORDS = {
    "send": "{} was sent to the hub leader",
    "return": "{} was returned with feedback",
    "sign_off": "{} was signed off",
    "reopen": "{} was reopened",
}
# The action plan's word for signed off.
APPROVED = "{} was approved"
# HQ's work on the award. Its order, times and reasons would tell an outcome before its release.
UNDER_EMBARGO = ("assign_reviewers", "finish_reviews", "add_review", "decide", "undo", "uphold_appeal")


@dataclass(frozen=True, slots=True)
class Happening:
    title: str
    at: datetime
    by: str
    reason: str


def happenings(sight: Sight) -> list[Happening]:
    """Newest first; two queries."""
    parts = {part.pk: part for part in Part.objects.filter(submission=sight.submission).only("kind", "title")}
    entries = HistoryEntry.objects.filter(
        Q(machine="submission", subject_id=sight.submission.pk) | Q(machine="part", subject_id__in=parts)
    ).select_related("by")
    knows = sight.may(rules.KNOW_BEFORE_RELEASE)
    if not knows:
        entries = _without_embargo(sight, entries)
    return [
        Happening(
            title=_words(entry, parts),
            at=entry.at,
            by=str(entry.by) if entry.by else "the portal",
            reason="" if entry.action == "release" and not knows else entry.reason,
        )
        for entry in entries.order_by("-at", "-id")
    ]


def _without_embargo(sight: Sight, entries):  # type: ignore[no-untyped-def]  # a queryset in, a queryset out
    """For schools and hubs: reviewing and deciding stay HQ's; a release counts while it stands."""
    hidden = Q(machine="submission", action__in=UNDER_EMBARGO)
    if sight.submission.status != Status.NOTIFIED:
        hidden |= Q(machine="submission", action="release")
    return entries.exclude(hidden)


def _words(entry: HistoryEntry, parts: dict[int, Part]) -> str:
    if entry.machine == "part":
        part = parts[entry.subject_id]
        approved = entry.action == "sign_off" and part.kind == Part.Kind.ACTION_PLAN
        return (APPROVED if approved else PART_WORDS.get(entry.action, "{} changed")).format(part.title)
    return WORDS.get(entry.action, entry.action.replace("_", " ").capitalize())
