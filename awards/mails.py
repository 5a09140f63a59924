"""The mails of reviews and outcomes. A preview shows no outcome that isn't released."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from awards.models import Decision, Review
from awards.notices import review_due_on
from messaging.registers import MailField, MailKind, at, mail_kind

NEWEST = 5
REVIEWS = "Reviews"
OUTCOMES = "Outcomes"

SCHOOL = MailField("school", "The school", at("submission.school"))
ROUND = MailField("round", "The round", at("submission.round"))
REVIEWER = MailField("reviewer", "The reviewer", at("review.standing.user"))
REASON = MailField("reason", "The reason, as it was typed", at("reason"), sample="I taught at this school.")

Examples = Sequence[tuple[str, Mapping[str, Any]]]


def _reviews() -> Examples:
    rows = Review.objects.select_related(
        "standing__user", "standing__submission__school", "standing__submission__round",
        "standing__submission__target_level",
    )  # fmt: skip
    found = []
    for row in rows.order_by("-pk")[:NEWEST]:
        submission = row.standing.submission
        milestone = review_due_on(submission.round_id)
        context = {
            "review": row,
            "submission": submission,
            "due_on": milestone.due_on if milestone else None,
            "url": row.get_absolute_url(),
        }
        found.append((f"{submission}, {row.standing.user}", context))
    return found


def _outcomes() -> Examples:
    rows = Decision.objects.filter(released_at__isnull=False, undone_at=None).select_related(
        "level", "submission__school", "submission__round"
    )
    rows = rows.prefetch_related("submission__awards")
    return [
        (
            f"{row.submission}: {row.level or 'not yet'}",
            {
                "submission": row.submission,
                "decision": row,
                "award": next(iter(row.submission.awards.all()), None) if row.level else None,
                "url": reverse("award", args=[row.submission_id]),
            },
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


def _of_review(name: str, title: str, when: str, *fields: MailField) -> None:
    mail_kind(
        MailKind(
            f"awards/mail/{name}",
            REVIEWS,
            title,
            when,
            fields=(SCHOOL, ROUND, *fields),
            keep=("school",),
            examples=_reviews,
        )
    )


_of_review(
    "review_assigned",
    "A submission to review",
    "To a reviewer when HQ gives them a submission.",
    MailField("level", "The level the school aims for", at("submission.target_level")),
    MailField("due", "The last day for the review; empty where there is none", at("due_on")),
)
_of_review(
    "review_taken_back",
    "A review isn’t needed any more",
    "To a reviewer when their review is taken back.",
    REASON,
)
_of_review(
    "review_declined",
    "A reviewer declined",
    "To HQ’s admins when a reviewer declines a review.",
    REVIEWER,
    REASON,
)
_of_review(
    "reviewer_conflict",
    "A review was taken back by the portal",
    "To HQ’s admins when a new conflict of interest ends a review.",
    REVIEWER,
    REASON,
)


def _with_number(context: Mapping[str, Any]) -> object:
    award = context["award"]
    return f"{context['decision'].level}, award {award.number}" if award is not None else '"not yet"'


def _not_yet(context: Mapping[str, Any]) -> object:
    return "" if context["decision"].level else '"not yet"'


mail_kind(
    MailKind(
        "awards/mail/released",
        OUTCOMES,
        "The outcome, to the school",
        "To subject leaders and headteacher when HQ releases a round’s outcomes. A paragraph with fields of "
        "the award is left out where the outcome is “not yet”, and the other way round.",
        fields=(
            SCHOOL,
            ROUND,
            MailField("level", "The level; empty for “not yet”", at("decision.level")),
            MailField("number", "The award’s number; empty for “not yet”", at("award.number")),
            MailField("valid_until", "The award’s last day; empty for “not yet”", at("award.valid_until")),
            MailField("not_yet", "The words “not yet”; empty where there is an award", _not_yet),
        ),
        keep=("school",),
        examples=_outcomes,
    )
)
mail_kind(
    MailKind(
        "awards/mail/released_hub",
        OUTCOMES,
        "The outcome, to the hub",
        "To the hub’s leader and mentors when HQ releases a round’s outcomes.",
        fields=(
            SCHOOL,
            ROUND,
            MailField("outcome", "The level and the award’s number, or “not yet”", _with_number),
        ),
        keep=("school",),
        examples=_outcomes,
    )
)
