"""The mails of outcomes. A preview shows no outcome that isn't released."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from awards.domain import letters
from awards.domain.releasing import told_words
from awards.mails.shared import NEWEST, ROUND, SCHOOL, Examples
from awards.models import Decision, Release
from messaging.registers import MailField, MailKind, at, mail_kind

OUTCOMES = "Outcomes"
HEADTEACHER = MailField("headteacher", "The headteacher’s name", at("headteacher"))


def _outcomes() -> Examples:
    rows = Decision.objects.filter(released_at__isnull=False, undone_at=None).select_related(
        "level", "submission__school", "submission__round", "submission__target_level"
    )
    rows = rows.prefetch_related("submission__awards")
    return [
        (
            f"{row.submission}: {row.level or 'not yet'}",
            letters.told_context(row, next(iter(row.submission.awards.all()), None) if row.level else None),
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


def _letters(*, awarded: bool) -> Examples:
    return [
        (label, {**context, "headteacher": letters.headteacher_of(context["submission"])})
        for label, context in _outcomes()
        if (context["decision"].level is not None) is awarded
    ]


def _releases() -> Examples:
    rows = Release.objects.filter(ended_at__isnull=False).select_related("round")
    rows = rows.annotate(
        told=Count("items", filter=Q(items__told_at__isnull=False)),
        left=Count("items", filter=~Q(items__problem="")),
    )
    return [
        (
            str(row),
            {
                "release": row,
                "told": row.told,
                "left": row.left,
                "problem": row.problem,
                "url": reverse("release", args=[row.round.slug, row.pk]),
            },
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


def _with_number(context: Mapping[str, Any]) -> object:
    award = context["award"]
    return f"{context['decision'].level}, award {award.number}" if award is not None else '"not yet"'


def _not_yet(context: Mapping[str, Any]) -> object:
    return "" if context["decision"].level else '"not yet"'


def _not_yet_talk_to(context: Mapping[str, Any]) -> object:
    return "" if context["decision"].level else context["talk_to"]


def _answer_days(context: Mapping[str, Any]) -> object:
    return context["answer_days"] if context["appeal_by"] else ""


AGAIN = MailField("again", "The next round a school can join; empty for an award", at("again"))
APPEAL_BY = MailField(
    "appeal_by", "The last day to appeal; empty where the level aimed for was reached", at("appeal_by")
)
ANSWER_DAYS = MailField(
    "appeal_answer_days", "Working days in which HQ answers an appeal; empty as above", _answer_days
)
APPEALED = MailField("appealed", "The day of an upheld appeal; empty where there was none", at("appealed"))


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
            MailField(
                "not_yet_talk_to", "“your hub leader” and their name; empty for an award", _not_yet_talk_to
            ),
            AGAIN,
            APPEAL_BY,
            ANSWER_DAYS,
            APPEALED,
        ),
        keep=("school",),
        examples=_outcomes,
    )
)
mail_kind(
    MailKind(
        letters.AWARDED,
        OUTCOMES,
        "The letter to print: an award",
        "Not a mail: the PDF that a school prints from its award’s page.",
        fields=(
            SCHOOL,
            ROUND,
            HEADTEACHER,
            MailField("level", "The level", at("decision.level")),
            MailField("number", "The award’s number", at("award.number")),
            MailField("valid_until", "The award’s last day", at("award.valid_until")),
            APPEAL_BY,
            ANSWER_DAYS,
            APPEALED,
        ),
        keep=("school",),
        examples=lambda: _letters(awarded=True),
    )
)
mail_kind(
    MailKind(
        letters.NOT_YET,
        OUTCOMES,
        "The letter to print: not yet",
        "Not a mail: the PDF that a school prints from its outcome’s page.",
        fields=(
            SCHOOL,
            ROUND,
            HEADTEACHER,
            MailField("target", "The level the school aimed for", at("submission.target_level")),
            MailField("talk_to", "“your hub leader” and their name", at("talk_to")),
            AGAIN,
            APPEAL_BY,
            ANSWER_DAYS,
        ),
        keep=("school",),
        examples=lambda: _letters(awarded=False),
    )
)
mail_kind(
    MailKind(
        "awards/mail/release_ended",
        OUTCOMES,
        "A release has ended",
        "To the admin of HQ who asked for it.",
        fields=(
            MailField("round", "The round", at("release.round")),
            MailField(
                "told",
                "How many were told and how many couldn’t be",
                lambda context: told_words(context["told"], context["left"]),
            ),
            MailField("left", "How many couldn’t be told; empty if all were", lambda c: c["left"] or ""),
            MailField("problem", "Why it couldn’t go on; empty if it could", at("problem")),
        ),
        keep=("round",),
        examples=_releases,
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
