"""What may stand in the mails of dates and cases, for HQ's own wording of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from messaging.registers import MailField, MailKind, at, mail_kind
from submissions.models import ExtensionRequest

NEWEST = 5
DATES = "Dates and more time"

SCHOOL = MailField("school", "The school", at("submission.school"))
ROUND = MailField("round", "The round", at("submission.round"))
HUB = MailField("hub", "The school’s hub", at("submission.hub"))
STEP = MailField("step", "The step, such as “Action plan”", at("step"))
UNTIL = MailField("until", "The new last day", at("until"))
REASON = MailField("reason", "The reason as it was written", at("reason"), sample="(the reason)")


BY = MailField("by", "Who asks", at("by"))


def _requests() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = ExtensionRequest.objects.select_related(
        "submission__school", "submission__round", "submission__hub", "asked_by"
    )
    return [
        (
            str(row.submission),
            {
                "person": None,
                "submission": row.submission,
                "by": row.asked_by,
                "reason": row.why,
                "step": row.get_step_display(),
                "until": row.until,
                "due_on": row.until,
                "send_by": None,
                "url": reverse("submission_extensions", args=[row.submission_id]),
            },
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


mail_kind(
    MailKind(
        template="submissions/mail/extended",
        group=DATES,
        title="A new date for the school",
        when="To subject leaders, headteacher and hub leader when HQ gives a school its own date for a step.",
        fields=(
            SCHOOL, ROUND, STEP, UNTIL, REASON,
            MailField("send_by", "The day to send for sign-off, when it moves along", at("send_by")),
        ),
        keep=("school", "step"),
        examples=_requests,
    )
)  # fmt: skip
mail_kind(
    MailKind(
        template="submissions/mail/extension_asked",
        group=DATES,
        title="A hub leader asks for more time",
        when="To HQ’s admins when a hub leader asks for a school’s later date.",
        fields=(SCHOOL, ROUND, HUB, STEP, UNTIL, REASON, BY),
        keep=("school", "step"),
        examples=_requests,
    )
)
mail_kind(
    MailKind(
        template="submissions/mail/extension_declined",
        group=DATES,
        title="No more time",
        when="To subject leaders, headteacher and hub leader when HQ declines a request for more time.",
        fields=(SCHOOL, ROUND, STEP, REASON, MailField("due_on", "The last day as it stays", at("due_on"))),
        keep=("school", "step"),
        examples=_requests,
    )
)
