"""What may stand in the mails of dates and cases, for HQ's own wording of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from hubs.models import Hub
from messaging.registers import MailField, MailKind, at, mail_kind
from psqm_portal.core.templatetags.portal import and_list
from submissions.models import Case, ExtensionRequest, Submission

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

CASES = "Cases"


ABOUT = MailField("about", "The school, or the hub where it is about a hub", at("case.about"))
TITLE = MailField("title", "What the case is about, in a line", at("case.title"))
RAISER = MailField("raised_by", "Who told HQ", at("case.raised_by"))


def _cases() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Case.objects.select_related("submission__school", "hub", "raised_by", "owner")
    return [
        (
            f"{row}: {row.hub}",
            {"person": None, "case": row, "reason": row.answer, "url": row.get_absolute_url()},
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


mail_kind(
    MailKind(
        template="submissions/mail/case_raised",
        group=CASES,
        title="A case for HQ",
        when="To HQ’s admins when somebody tells HQ of an issue or a change of circumstances.",
        fields=(
            ABOUT, TITLE, RAISER,
            MailField("kind", "An issue or a change", lambda given: given["case"].get_kind_display()),
            MailField("text", "What they wrote", at("case.text")),
            MailField("due_on", "The day by which HQ means to settle it", at("case.due_on")),
        ),
        keep=("about",),
        examples=_cases,
    )
)  # fmt: skip
mail_kind(
    MailKind(
        template="submissions/mail/case_given",
        group=CASES,
        title="A case is yours",
        when="To the person of HQ who is to look after a case.",
        fields=(ABOUT, TITLE, RAISER, MailField("due_on", "The day it is due", at("case.due_on"))),
        keep=("about",),
        examples=_cases,
    )
)
mail_kind(
    MailKind(
        template="submissions/mail/case_answered",
        group=CASES,
        title="HQ has settled a case",
        when="To who told HQ, when HQ settles it.",
        fields=(
            ABOUT, TITLE,
            MailField("outcome", "What HQ did", lambda given: given["case"].get_outcome_display()),
            MailField("answer", "HQ’s answer", at("case.answer"), sample="(HQ’s answer)"),
        ),
        keep=("about",),
        examples=_cases,
    )
)  # fmt: skip


def _submissions() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Submission.objects.select_related("school", "round", "hub").order_by("-pk")[:NEWEST]
    return [
        (
            str(row),
            {
                "person": None,
                "submission": row,
                "reason": "",
                "name": "Ana Lima",
                "left": ["Bo Berg"],
                "from_hub": "Another hub",
                "leader": "Cy Dale",
                "url": row.get_absolute_url(),
            },
        )
        for row in rows
    ]


mail_kind(
    MailKind(
        template="submissions/mail/handed_over",
        group=CASES,
        title="A new subject leader",
        when="To who leaves and who takes over, the headteacher and the hub leader, when HQ hands work over.",
        fields=(
            SCHOOL, ROUND, REASON,
            MailField("name", "The new subject leader", at("name")),
            MailField("left", "Who isn’t subject leader any more", lambda given: and_list(given["left"])),
        ),
        keep=("school",),
        examples=_submissions,
    )
)  # fmt: skip
mail_kind(
    MailKind(
        template="submissions/mail/moved_hub",
        group=CASES,
        title="A school has moved to another hub",
        when="To subject leaders, headteacher and the new hub’s leader and mentors.",
        fields=(SCHOOL, ROUND, HUB, REASON, MailField("from_hub", "The hub that was left", at("from_hub"))),
        keep=("school",),
        examples=_submissions,
    )
)
mail_kind(
    MailKind(
        template="submissions/mail/moved_away",
        group=CASES,
        title="A school has left the hub",
        when="To the leader and mentors of the hub that a school left.",
        fields=(SCHOOL, ROUND, HUB, MailField("from_hub", "The hub that was left", at("from_hub"))),
        keep=("school",),
        examples=_submissions,
    )
)
mail_kind(
    MailKind(
        template="submissions/mail/new_hub_leader",
        group=CASES,
        title="The hub has a new leader",
        when="To subject leaders and headteachers of a hub’s schools when somebody else leads it.",
        fields=(SCHOOL, ROUND, HUB, MailField("leader", "The new hub leader", at("leader"))),
        keep=("school",),
        examples=_submissions,
    )
)


def _hubs() -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [
        (str(row), {"person": None, "hub": row, "url": reverse("hub_hand_over", args=[row.slug])})
        for row in Hub.objects.order_by("-pk")[:NEWEST]
    ]


for _template, _title, _when in (
    ("leads_hub", "You lead a hub", "To somebody who becomes a hub’s leader."),
    ("led_hub", "You don’t lead the hub any more", "To somebody who was a hub’s leader."),
):
    mail_kind(
        MailKind(
            template=f"submissions/mail/{_template}",
            group=CASES,
            title=_title,
            when=_when,
            fields=(MailField("hub", "The hub", at("hub")),),
            keep=("hub",),
            examples=_hubs,
        )
    )
