"""The mails of a submission's moves: what may stand in each, and the newest things to preview it with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from messaging.registers import MailField, MailKind, at, mail_kind
from submissions.models import Feedback, Part, Submission
from submissions.models.submission import Status

NEWEST = 5
WORK = "A submission’s steps"
PARTS = "Parts and feedback"

SCHOOL = MailField("school", "The school", at("submission.school"))
ROUND = MailField("round", "The round", at("submission.round"))
HUB = MailField("hub", "The school’s hub", at("submission.hub"))
BY = MailField("by", "Who did it", at("by"), sample="Bo Dunn")
REASON = MailField(
    "reason",
    "The reason, as it was typed; empty where none was given",
    at("reason"),
    sample="The audit doesn’t show yet how science is monitored.",
)

Examples = Sequence[tuple[str, Mapping[str, Any]]]


def submissions(url_name: str = "", **of: Any) -> Callable[[], Examples]:
    """The newest submissions, narrowed by ``of``; ``url_name``: the page that the mail leads to."""

    def newest() -> Examples:
        rows = Submission.objects.filter(**of).select_related(
            "school", "round", "hub", "target_level", "proposed_level"
        )
        return [
            (
                str(row),
                {
                    "submission": row,
                    "url": reverse(url_name, args=[row.pk]) if url_name else row.get_absolute_url(),
                },
            )
            for row in rows.order_by("-pk")[:NEWEST]
        ]

    return newest


def _parts() -> Examples:
    rows = Part.objects.filter(submission__status=Status.ENROLLED, is_required=True).select_related(
        "submission__school", "submission__round"
    )
    return [
        (
            f"{part.submission}: {part.title}",
            {"submission": part.submission, "part": part, "url": part.get_absolute_url()},
        )
        for part in rows.order_by("-submission_id", "position")[:NEWEST]
    ]


def _comments() -> Examples:
    rows = Feedback.objects.select_related(
        "submission__school", "submission__round", "author", "part", "evidence"
    )
    return [
        (
            f"{row.submission}: {row.part or row.evidence}",
            {
                "submission": row.submission,
                "by": row.author,
                "feedback": row,
                "on": row.part or row.evidence,
                "url": reverse("feedback_asked", args=[row.submission_id]),
            },
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


def _of_work(name: str, title: str, when: str, *fields: MailField, examples: Callable[[], Examples]) -> None:
    mail_kind(
        MailKind(
            f"submissions/mail/{name}",
            WORK,
            title,
            when,
            fields=(SCHOOL, ROUND, *fields),
            keep=("school",),
            examples=examples,
        )
    )


_of_work(
    "level_proposed",
    "A school proposes its level",
    "To the hub leader when a subject leader proposes a level, or asks to change a confirmed one.",
    BY,
    MailField("level", "The level they propose", at("submission.proposed_level"), sample="Silver"),
    REASON,
    examples=submissions("submission_level"),
)
_of_work(
    "level_confirmed",
    "The level is confirmed",
    "To the subject leaders when the hub leader confirms their level.",
    BY,
    MailField("level", "The confirmed level", at("submission.target_level"), sample="Silver"),
    examples=submissions(target_level__isnull=False),
)
_of_work(
    "level_returned",
    "The level came back",
    "To the subject leaders when the hub leader returns the level they proposed.",
    BY,
    REASON,
    examples=submissions("submission_level"),
)
_of_work(
    "sent_for_sign_off",
    "Sent for sign-off",
    "To the hub leader when a school sends its submission for sign-off.",
    BY,
    examples=submissions("sign_off"),
)
_of_work(
    "returned",
    "The submission came back",
    "To the subject leaders when the hub leader returns the submission or reopens parts of it.",
    BY,
    REASON,
    examples=submissions(),
)
_of_work(
    "signed_off",
    "Signed off",
    "To the subject leaders when the hub leader signs the submission off.",
    BY,
    examples=submissions("submit"),
)
_of_work(
    "submitted",
    "The submission is in: the receipt",
    "To subject leaders, headteacher and hub leader when a school submits.",
    MailField("submitted", "The moment it came in", at("submission.submitted_at"), sample="(day and time)"),
    examples=submissions("receipt", submitted_at__isnull=False),
)
_of_work(
    "closed",
    "Closed without a submission",
    "To subject leaders, headteacher and hub leader when the last day has passed and nothing was submitted.",
    examples=submissions(),
)

# What HQ has done, for the subject and for a sentence; "deferred" is what is left.
_CHANGED = {
    Status.ENROLLED: (
        "HQ has opened your submission again",
        "HQ has opened {school}’s submission for {round} again, so that you can work on it.",
    ),
    Status.WITHDRAWN: (
        "HQ has withdrawn your submission",
        "HQ has withdrawn {school}’s submission for {round}. You can still read it.",
    ),
    Status.DEFERRED: (
        "HQ has moved your submission to a later round",
        "HQ has moved {school}’s submission for {round} to a later round, with all the work in it.",
    ),
}


def _change(context: Mapping[str, Any]) -> tuple[str, str]:
    return _CHANGED.get(context["submission"].status, _CHANGED[Status.DEFERRED])


def _what_happened(context: Mapping[str, Any]) -> object:
    submission = context["submission"]
    return _change(context)[1].format(school=submission.school, round=submission.round)


_of_work(
    "changed_by_hq",
    "HQ opened, withdrew or moved it",
    "To subject leaders, headteacher and hub leader when HQ reopens a submission, lets it in late, withdraws "
    "it or moves it to a later round.",
    MailField("change", "What HQ did, in a few words", lambda context: _change(context)[0]),
    MailField("what_happened", "What HQ did, in a sentence or two", _what_happened),
    MailField("until", "The new last day; empty where there is none", at("until")),
    REASON,
    examples=submissions(status__in=[Status.ENROLLED, Status.WITHDRAWN, Status.DEFERRED]),
)
_of_work(
    "late_answer",
    "A school still waits for its hub leader",
    "To HQ’s admins when a round has closed and a school that sent in time has no answer.",
    HUB,
    MailField(
        "sent", "The day it was sent for sign-off", at("submission.sent_for_sign_off_at"), sample="(the day)"
    ),
    examples=submissions(),
)


def _of_part(name: str, title: str, when: str, *fields: MailField) -> None:
    part = MailField("part", "The part: action plan, core document or reflection", at("part.title"))
    mail_kind(
        MailKind(
            f"submissions/mail/{name}",
            PARTS,
            title,
            when,
            fields=(SCHOOL, ROUND, part, BY, *fields),
            keep=("school", "part"),
            examples=_parts,
        )
    )


def _no_reason(context: Mapping[str, Any]) -> object:
    return "" if context["reason"] else "The comments stand beside it."


_of_part("part_sent", "A part was sent", "To the hub leader when a subject leader sends a part.")
_of_part(
    "part_returned",
    "A part came back",
    "To the subject leaders when the hub leader or a mentor returns a part or reopens one.",
    REASON,
    MailField("see_comments", "“The comments stand beside it.”, where no reason was given", _no_reason),
)
_of_part(
    "part_signed_off", "A part is signed off", "To the subject leaders when the hub leader signs a part off."
)
mail_kind(
    MailKind(
        "submissions/mail/feedback",
        PARTS,
        "A comment",
        "To the subject leaders when the hub comments on a part or a piece of evidence, and to the hub when "
        "they answer. One mail an hour at the most.",
        fields=(
            SCHOOL,
            ROUND,
            BY,
            MailField("thing", "What the comment is on: a part or a piece of evidence", at("on")),
            MailField("comment", "The comment, as it was typed", at("feedback.body")),
        ),
        keep=("school", "thing"),
        examples=_comments,
    )
)
