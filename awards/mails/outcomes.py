"""The mails of outcomes. A preview shows no outcome that isn't released."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from awards.mails.shared import NEWEST, ROUND, SCHOOL, Examples
from awards.models import Decision
from messaging.registers import MailField, MailKind, at, mail_kind

OUTCOMES = "Outcomes"


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
