"""The mail of the day's reminders: one a person, with all that is due."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from messaging.domain.wording import Link, Mixed
from messaging.registers import MailField, MailKind, mail_kind
from psqm_portal.core.templatetags.portal import days_from, long_date


def _first(context: Mapping[str, Any]) -> Any:
    return (context["own"] or context["copies"])[0]


def _summary(context: Mapping[str, Any]) -> object:
    """ "Oak: send your action plan, and 2 more" """
    owed = _first(context).owed
    count = len(context["own"] or context["copies"])
    more = f", and {count - 1} more" if count > 1 else ""
    return f"{owed.title}{':' if context['own'] else ' still needs to'} {owed.what}{more}"


def _when(context: Mapping[str, Any]) -> object:
    return days_from(_first(context).owed.due_on, context["day"])


def _listed(dues: Sequence[Any], context: Mapping[str, Any], *, are_copies: bool) -> object:
    pieces: list[str] = []
    for due in dues:
        owed = due.owed
        what = f"{owed.title} still needs to {owed.what}" if are_copies else f"{owed.what}, {owed.title}"
        left = days_from(owed.due_on, context["day"])
        words = f"\n- {what}\n  Due {long_date(owed.due_on)} ({left}). {due.milestone.round}.\n"
        own_words = "".join(f"  {line}\n" for line in due.text.split("\n") if line.strip())
        pieces += [words, own_words, "\n", Link(f"{settings.PORTAL_ORIGIN}{owed.url}"), "\n"]
    return Mixed(tuple(pieces[:-1]))


def _own(context: Mapping[str, Any]) -> object:
    return _listed(context["own"], context, are_copies=False)


def _copies(context: Mapping[str, Any]) -> object:
    return _listed(context["copies"], context, are_copies=True)


def _examples() -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [("An example", {"url": reverse("home")})]


mail_kind(
    MailKind(
        "rounds/mail/reminders",
        "Reminders",
        "The day’s reminders",
        "To who still owes a step, on the days of the reminder table: one mail a day with all that is due. "
        "Each step’s own words are in that table.",
        fields=(
            MailField(
                "summary",
                "The first school and step, and how many more",
                _summary,
                sample="Oak Primary: complete your action plan and send it, and 1 more",
            ),
            MailField("when", "How far the first step’s last day is", _when, sample="in 7 days"),
            MailField(
                "own_steps",
                "What they owe: each step with its last day and its link; empty for who is only copied",
                _own,
                sample="- complete your action plan and send it, Oak Primary\n  Due Monday 30 November 2026",
            ),
            MailField(
                "copied_steps",
                "What schools of their hub owe, for a hub leader; empty for others",
                _copies,
                sample="- Ash Primary still needs to complete the audit\n  Due Friday 30 October 2026",
            ),
        ),
        keep=("summary",),
        examples=_examples,
    )
)
