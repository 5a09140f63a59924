"""HQ's own words for a mail. Each change is a new row, so that no wording is ever lost."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import HQMembership, User
from messaging.domain.mail import Composed, record, shipped, wordings
from messaging.domain.wording import FIELD, Wording, strange_fields
from messaging.models import Email, MailText
from messaging.registers import MailKind
from psqm_portal.core import log, seen
from psqm_portal.core.machine import Refused

TRIAL = "messaging/trial"
LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000


def standing(kind: MailKind) -> Wording:
    """The words that count now: HQ's newest, else the shipped ones."""
    return wordings([kind.template]).get(kind.template) or shipped(kind.template)


def problems(kind: MailKind, subject: str, body: str) -> dict[str, list[str]]:
    """What is wrong with each of the two, in sentences; empty: nothing."""
    found: dict[str, list[str]] = {"subject": [], "body": []}
    for name, text in (("subject", subject), ("body", body)):
        for strange in strange_fields(text, kind.field_names):
            found[name].append(f"{strange} isn’t a field of this mail. Use one of those on the list.")
    used = set(FIELD.findall(subject))
    for name in kind.keep:
        if name not in used:
            found["subject"].append(
                f"Keep {{{name}}} in the subject, so that people can tell their mails apart."
            )
    if "\n" in subject or "\r" in subject:
        found["subject"].append("Write the subject on one line.")
    return {name: sentences for name, sentences in found.items() if sentences}


def _need(by: User) -> None:
    if not by.has_perm("messaging.edit_texts"):
        raise PermissionDenied


def _wait_for_turn() -> None:
    """One change at a time: a text has no row yet to lock, and HQ's first membership is always there."""
    HQMembership.objects.select_for_update(no_key=True).order_by("pk").first()


@transaction.atomic
def edit(kind: MailKind, words: Wording, *, by: User, now: datetime, seen_mark: str = "") -> MailText | None:
    """None where these words stand already. Raises Refused, or OutOfDate over somebody's newer words."""
    _need(by)
    _wait_for_turn()
    held = standing(kind)
    mine = {"subject": words.subject, "body": words.body}
    seen.check({"subject": held.subject, "body": held.body}, mine, seen=seen_mark)
    for sentences in problems(kind, words.subject, words.body).values():
        raise Refused(sentences[0])
    if words == held:
        return None
    row = MailText.objects.create(
        template=kind.template, subject=words.subject, body=words.body, written_by=by, written_at=now
    )
    log.write("mail_text.change", by=by, now=now, about=f"mail_text:{row.pk}", detail=kind.template)
    return row


@transaction.atomic
def restore(kind: MailKind, *, by: User, now: datetime) -> None:
    """Back to the words that the portal comes with; the others stay among the earlier ones."""
    _need(by)
    if kind.template not in wordings([kind.template]):
        raise Refused("These are the words that the portal comes with.")
    row = MailText.objects.create(template=kind.template, is_shipped=True, written_by=by, written_at=now)
    log.write("mail_text.restore", by=by, now=now, about=f"mail_text:{row.pk}", detail=kind.template)


def send_trial(composed: Composed, *, to: User, now: datetime) -> None:
    """The mail as it would go, to the person who tries it and to nobody else."""
    _need(to)
    record(
        Email(
            template=TRIAL,
            recipient=to,
            to=to.email,
            subject=f"Test: {composed.subject}"[:255],
            text=composed.text,
            html=composed.html,
            try_at=now,
            written_at=now,
        )
    )
