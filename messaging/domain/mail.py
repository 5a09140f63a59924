"""Writing a mail: a row in the caller's transaction. A worker sends it after the commit."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.template.loader import get_template

from accounts.models import User
from messaging.domain import wording
from messaging.domain.wording import Link, Wording
from messaging.models import Email, MailText
from messaging.registers import MailKind, mail_kinds
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion

REMOVED = "[removed after sending]"
CHUNK = 5_000  # mails whose rows are one INSERT


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to be written: what :func:`write` takes, for :func:`write_many`."""

    template: str
    to: User | str
    context: Mapping[str, Any]
    about: str = ""
    once: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    subject: str
    text: str
    html: str


def write(
    template: str,
    *,
    to: User | str,
    now: datetime,
    context: Mapping[str, Any],
    about: str = "",
    once: str | None = None,
    secret: bool = False,
) -> Email | None:
    """Writes one mail from ``templates/<template>.txt``, or from HQ's own words for it.

    Returns None, and writes nothing, when ``once`` was written before or the person's account is closed.
    A text's fields see ``person`` (None for a bare address) besides ``context``.
    """
    letter = Letter(template, to, context, about, once, secret)
    if _is_closed(to) or (once is not None and Email.objects.filter(once=once).exists()):
        return None
    return record(_email(letter, wordings([template]), now=now))


def write_many(letters: Iterable[Letter], *, now: datetime) -> list[Email | None]:
    """As :func:`write`, in a number of queries that hangs on thousands of mails, not on mails."""
    letters = list(letters)
    held = wordings({letter.template for letter in letters})
    written: list[Email | None] = []
    with transaction.atomic():
        for start in range(0, len(letters), CHUNK):
            written += _write_chunk(letters[start : start + CHUNK], held, now=now)
    return written


def _write_chunk(
    letters: Sequence[Letter], held: Mapping[str, Wording], *, now: datetime
) -> list[Email | None]:
    onces = [letter.once for letter in letters if letter.once is not None]
    gone: set[str | None] = set(Email.objects.filter(once__in=onces).values_list("once", flat=True))
    emails: list[Email | None] = []
    for letter in letters:
        wanted = not _is_closed(letter.to) and letter.once not in gone
        emails.append(_email(letter, held, now=now) if wanted else None)
        if letter.once is not None:
            gone.add(letter.once)
    fresh = [email for email in emails if email is not None]
    try:
        with transaction.atomic():
            Email.objects.bulk_create(fresh)
    except IntegrityError:
        # Somebody wrote one of them in between: one by one, each with its own answer.
        for email in fresh:
            email.pk = None
        return [record(email) if email is not None else None for email in emails]
    for email in fresh:
        events.publish("email.waiting", email, Occasion(by=None, now=now))
    return emails


def _is_closed(to: User | str) -> bool:
    return isinstance(to, User) and not to.is_active


def _email(letter: Letter, held: Mapping[str, Wording], *, now: datetime) -> Email:
    person = letter.to if isinstance(letter.to, User) else None
    composed = compose(letter.template, {**letter.context, "person": person}, held=held)
    return Email(
        template=letter.template,
        recipient=person,
        to=person.email if person else str(letter.to),
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        secret=letter.secret,
        about=letter.about,
        once=letter.once,
        try_at=now,
        written_at=now,
    )


def record(email: Email) -> Email | None:
    """Saves the row, and a worker is asked to deliver it; None when its ``once`` came in between."""
    try:
        with transaction.atomic():
            email.save(force_insert=True)
    except IntegrityError:
        if email.once is None or not Email.objects.filter(once=email.once).exists():
            raise
        return None
    events.publish("email.waiting", email, Occasion(by=None, now=email.written_at))
    return email


def shipped(template: str) -> Wording:
    """The words that the portal comes with."""
    source = get_template(f"{template}.txt").template.source  # type: ignore[attr-defined]  # Django's own engine
    return wording.parse(source)


def wordings(templates: Iterable[str]) -> dict[str, Wording]:
    """HQ's newest words for each of these templates that has any; one query."""
    newest = MailText.objects.filter(template__in=set(templates)).order_by().values("template")
    rows = MailText.objects.filter(pk__in=newest.annotate(last=Max("pk")).values("last"))
    return {row.template: Wording(row.subject, row.body) for row in rows if not row.is_shipped}


def values_of(kind: MailKind, context: Mapping[str, Any], *, samples: bool = False) -> dict[str, object]:
    """What each field holds. ``samples``: a preview, in which nobody wrote a reason."""
    values: dict[str, object] = {}
    for field in kind.fields:
        values[field.name] = field.sample if samples else ""
        with suppress(KeyError):
            values[field.name] = field.value(context)
    return values


def compose_from(words: Wording, values: Mapping[str, object]) -> Composed:
    subject = wording.subject_of(words, values)
    pieces = wording.pieces_of(words, values)
    return Composed(subject, wording.as_text(pieces), wording.as_html(subject, pieces))


def compose(
    template: str, context: Mapping[str, Any], *, held: Mapping[str, Wording] | None = None
) -> Composed:
    """``held``: HQ's words, where the caller has asked for them already."""
    kind = mail_kinds[template]
    held = wordings([template]) if held is None else held
    return compose_from(held.get(template) or shipped(template), values_of(kind, context))


def as_html(subject: str, text: str) -> str:
    """For a text that has no fields. Only a line that is a link into the portal becomes a link."""
    pieces: list[str] = []
    for line in text.strip().split("\n"):
        bare = line.strip()
        ours = bare.startswith(f"{settings.PORTAL_ORIGIN}/") and " " not in bare
        pieces += [Link(bare) if ours else line, "\n"]
    return wording.as_html(subject, pieces)
