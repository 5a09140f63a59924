"""The mails of reviews."""

from awards.mails.shared import NEWEST, ROUND, SCHOOL, Examples
from awards.models import Review
from awards.notices import review_due_on
from messaging.registers import MailField, MailKind, at, mail_kind

REVIEWS = "Reviews"

REVIEWER = MailField("reviewer", "The reviewer", at("review.standing.user"))
REASON = MailField("reason", "The reason, as it was typed", at("reason"), sample="I taught at this school.")


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
    MailField(
        "answer_by", "The last day to accept or decline; empty where there is none", at("review.answer_by")
    ),
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
