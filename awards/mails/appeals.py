"""The mails of appeals."""

from django.urls import reverse

from awards.mails.shared import NEWEST, ROUND, SCHOOL, Examples
from awards.models import Appeal
from messaging.registers import MailField, MailKind, at, mail_kind

APPEALS = "Appeals"
DUE = MailField("due", "The day by which HQ answers", at("appeal.due_on"))
REASONS = MailField("reasons", "The school’s reasons, as they were typed", at("appeal.reasons"))
ANSWER = MailField("answer", "HQ’s answer, as it was typed", at("appeal.answer"))


def _appeals() -> Examples:
    rows = Appeal.objects.select_related(
        "decision__submission__school", "decision__submission__round", "raised_by"
    )
    return [
        (
            str(row),
            {
                "appeal": row,
                "submission": row.decision.submission,
                "url": reverse("outcome_appeal", args=[row.decision.submission_id]),
            },
        )
        for row in rows.exclude(status=Appeal.Status.UPHELD).order_by("-pk")[:NEWEST]
    ]


def _kind(name: str, title: str, when: str, *fields: MailField) -> None:
    mail_kind(
        MailKind(
            f"awards/mail/{name}",
            APPEALS,
            title,
            when,
            fields=(SCHOOL, ROUND, DUE, *fields),
            keep=("school",),
            examples=_appeals,
        )
    )


_kind(
    "appeal_raised",
    "A school appeals",
    "To HQ’s admins when a school appeals against its outcome.",
    MailField("person", "Who sent the appeal", at("appeal.raised_by")),
    REASONS,
)
_kind(
    "appeal_received",
    "We’ve got your appeal",
    "To the school’s subject leaders and headteacher when one of them has appealed.",
    MailField("person", "Who sent the appeal", at("appeal.raised_by")),
    REASONS,
)
_kind(
    "appeal_turned_down",
    "The appeal is turned down",
    "To the school’s subject leaders and headteacher. An upheld appeal is told with the new outcome.",
    ANSWER,
)
_kind(
    "appeal_due",
    "An appeal has to be answered",
    "To HQ’s admins four days before an answer is due, and each week that it is late.",
)
