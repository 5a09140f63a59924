"""The mails of a plan: all that a reviewer is given, and the reminder to answer."""

from collections.abc import Mapping
from typing import Any

from awards.domain import answering, plans
from awards.mails.reviews import REVIEWS
from awards.mails.shared import NEWEST, Examples
from awards.models import AssignmentPlan
from awards.notices import review_due_on
from messaging.registers import MailField, MailKind, at, mail_kind

ANSWER_BY = MailField("answer_by", "The last day to accept or decline", at("answer_by"))


def _count(context: Mapping[str, Any]) -> object:
    number = len(context["schools"])
    return f"{number} {'submission' if number == 1 else 'submissions'}"


def _list(context: Mapping[str, Any]) -> object:
    return "\n".join(f"- {school}" for school in context["schools"])


COUNT = MailField("count", "How many: “8 submissions”", _count)
SCHOOLS = MailField("schools", "The schools, one on each line", _list)


def _plans() -> Examples:
    rows = AssignmentPlan.objects.filter(status=AssignmentPlan.Status.DONE).select_related("round")
    found = []
    for row in rows[:NEWEST]:
        milestone = review_due_on(row.round_id)
        given = row.reviews.filter(done_at__isnull=False).select_related("submission__school")[:8]
        submissions = [one.submission for one in given]
        found.append((str(row), plans.context(row, submissions, milestone.due_on if milestone else None)))
    return found


def _unanswered() -> Examples:
    rows = answering.unanswered().filter(answer_by__isnull=False)
    rows = rows.select_related("standing__user", "standing__submission__school").order_by("-pk")[:NEWEST]
    return [
        (str(row.standing.user), answering.context([row.standing.submission], row.answer_by))
        for row in rows
        if row.answer_by is not None
    ]


mail_kind(
    MailKind(
        plans.TEMPLATE,
        REVIEWS,
        "Submissions to review",
        "To each reviewer when HQ’s plan of a round is assigned, with all that is theirs.",
        fields=(
            MailField("round", "The round", at("round")),
            COUNT,
            SCHOOLS,
            ANSWER_BY,
            MailField("due", "The last day for the reviews; empty where there is none", at("due_on")),
        ),
        keep=("count",),
        examples=_plans,
    )
)
mail_kind(
    MailKind(
        answering.TEMPLATE,
        REVIEWS,
        "Say whether you can review",
        "To a reviewer the day before the answer is due, where they haven’t accepted or declined.",
        fields=(COUNT, SCHOOLS, ANSWER_BY),
        keep=("count",),
        examples=_unanswered,
    )
)
