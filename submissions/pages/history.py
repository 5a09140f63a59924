"""The moves of a submission and its parts in words, without what is under embargo."""

from django.db.models import Q, QuerySet

from psqm_portal.core.models import HistoryEntry
from submissions.models import Part, Submission
from submissions.models.submission import Status

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
    "hand_over": "The work was handed over to a new subject leader",
    "move_hub": "The school was moved to another hub",
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


def title_of(entry: HistoryEntry, part: Part | None) -> str:
    if part is not None:
        approved = entry.action == "sign_off" and part.kind == Part.Kind.ACTION_PLAN
        return (APPROVED if approved else PART_WORDS.get(entry.action, "{} changed")).format(part.title)
    return WORDS.get(entry.action, entry.action.replace("_", " ").capitalize())


def without_embargo(entries: QuerySet[HistoryEntry], submission: Submission) -> QuerySet[HistoryEntry]:
    """For schools and hubs: reviewing and deciding stay HQ's; a release counts while it stands."""
    hidden = Q(machine="submission", action__in=UNDER_EMBARGO)
    if submission.status != Status.NOTIFIED:
        hidden |= Q(machine="submission", action="release")
    return entries.exclude(hidden)
