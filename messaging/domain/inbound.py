"""Answers by mail: an address that names one person in one conversation, and what comes to it.

The address is signed, so nobody can make one up; still, what comes counts as that person's only from their
own address, and their right is asked for anew. Nobody but that person is ever written to.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from messaging.domain import mail
from messaging.domain.conversations import post
from messaging.domain.quoted import own_words, words_of_html
from messaging.models import InboundMail
from messaging.queries import talk_of
from messaging.slots import Talk
from psqm_portal.core.files.storing import BadFile, store
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile

SALT = "psqm.answer"
LONGEST = 10_000
MOST_FILES = 5
# More than a person writes; a loop that nothing else stopped ends here.
MOST_AN_HOUR = 20
_ADDRESS = re.compile(r"answer-(\d{1,15})-(\d{1,15})-([a-z2-7]{26})@([a-z0-9.-]+)")
_MACHINES = {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply"}
_BULK = {"bulk", "junk", "list", "auto_reply", "auto-reply"}
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-auto-reply", "list-id", "x-loop")
Outcome = InboundMail.Outcome


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail as it came. ``headers`` by their names in small letters; ``files`` as they are attached."""

    mail_id: str
    sender: str
    recipients: Sequence[str]
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()
    is_spam: bool = False


def _signature(conversation_id: int, user_id: int, key: str) -> str:
    made = salted_hmac(SALT, f"{conversation_id}-{user_id}", secret=key, algorithm="sha256").digest()
    # 130 bits in letters that survive a mail server that knows no capitals.
    return base64.b32encode(made).decode().lower()[:26]


def address_for(conversation_id: int, user_id: int) -> str:
    """Empty where no mail comes in."""
    if not settings.INBOUND_MAIL_DOMAIN:
        return ""
    signature = _signature(conversation_id, user_id, settings.SECRET_KEY)
    return f"answer-{conversation_id}-{user_id}-{signature}@{settings.INBOUND_MAIL_DOMAIN}"


def read_address(address: str) -> tuple[int, int] | None:
    """(conversation, person), where we signed it."""
    found = _ADDRESS.fullmatch(address.strip().lower())
    if found is None or found[4] != settings.INBOUND_MAIL_DOMAIN.lower():
        return None
    conversation_id, user_id = int(found[1]), int(found[2])
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    right = [constant_time_compare(found[3], _signature(conversation_id, user_id, str(key))) for key in keys]
    return (conversation_id, user_id) if any(right) else None


@transaction.atomic
def take(incoming: Incoming, *, now: datetime) -> InboundMail:
    """Posts it, refuses it and tells its person why, or leaves it alone. Once for each mail."""
    row = InboundMail(
        mail_id=_id_of(incoming), sender=incoming.sender[:254], outcome=Outcome.IGNORED, received_at=now
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return InboundMail.objects.get(mail_id=row.mail_id)
    named = next((found for to in incoming.recipients if (found := read_address(to)) is not None), None)
    person = User.objects.filter(pk=named[1], is_active=True).first() if named else None
    if (reason := _why_ignored(incoming, person, now=now)) is not None or named is None or person is None:
        row.reason = reason or ""
    else:
        row.person = person
        _answer(row, incoming, person, talk_of(person, named[0]), now=now)
    row.save()
    return row


def _id_of(incoming: Incoming) -> str:
    """Its Message-ID; a mail without one, or with a monstrous one, is known by its content."""
    if 0 < len(incoming.mail_id) <= 255:
        return incoming.mail_id
    words = "\n".join([incoming.mail_id, incoming.sender, *incoming.recipients, incoming.text, incoming.html])
    return f"sha256:{hashlib.sha256(words.encode()).hexdigest()}"


def _why_ignored(incoming: Incoming, person: User | None, *, now: datetime) -> str | None:
    """Machines get no answer: each would be the next turn of a loop."""
    if person is None:
        return "The address isn’t one of ours, or its person’s account is closed."
    headers = incoming.headers
    local, _, domain = incoming.sender.lower().partition("@")
    hour = InboundMail.objects.filter(person=person, received_at__gt=now - timedelta(hours=1))
    automatic = headers.get("auto-submitted", "no").lower().partition(";")[0].strip() != "no"
    is_list = headers.get("precedence", "").lower() in _BULK or any(name in headers for name in _AUTOMATIC)
    report = "multipart/report" in headers.get("content-type", "") or headers.get("return-path") == "<>"
    ours = not domain or local in _MACHINES or domain == settings.INBOUND_MAIL_DOMAIN.lower()
    reasons = {
        "An automatic answer, or a mailing list.": automatic or is_list,
        "A report of a mail server.": report,
        "Nobody’s address, or our own.": ours,
        "The mail provider takes it for spam.": incoming.is_spam,
        "Too many within an hour.": hour.count() >= MOST_AN_HOUR,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _answer(row: InboundMail, incoming: Incoming, person: User, talk: Talk | None, *, now: datetime) -> None:
    if incoming.sender.lower() != person.email.lower():
        words = f"It came from {incoming.sender[:100]}, and only mails from {person.email} are posted."
        return _refuse(row, person, talk, f"{words} Nothing was posted.", now=now)
    if talk is None or not talk.may_write:
        return _refuse(row, person, talk, "You can’t write there any more. Nothing was posted.", now=now)
    body = own_words(incoming.text) or own_words(words_of_html(incoming.html))
    if not body:
        return _refuse(row, person, talk, "There was no text of yours in it. Nothing was posted.", now=now)
    if len(body) > LONGEST:
        words = f"It was longer than {LONGEST:,} characters. Nothing was posted."
        return _refuse(row, person, talk, words, now=now)
    files, bad = _files(incoming, person, talk, now=now)
    try:
        row.message = post(
            talk.conversation,
            by=person,
            body=body,
            now=now,
            tell=talk.tell(),
            about=talk.about,
            url=talk.topic.url,
            title=talk.topic.title,
            attachments=files,
            came_by_mail=True,
        )
    except Refused as refused:
        return _refuse(row, person, talk, f"{refused} Nothing was posted.", now=now)
    row.outcome = Outcome.POSTED
    if bad:
        row.reason = "Not all of its files could be kept."
        _tell(row, person, talk, f"Your words are posted, but not all of its files. {' '.join(bad)}", now=now)
    return None


def _files(
    incoming: Incoming, person: User, talk: Talk, *, now: datetime
) -> tuple[list[StoredFile], list[str]]:
    """Through the same checks as on a page; what can't be used is told."""
    kept: dict[int, StoredFile] = {}
    bad = [f"We keep up to {MOST_FILES} files of a mail."] if len(incoming.files) > MOST_FILES else []
    for file in incoming.files[:MOST_FILES]:
        try:
            stored = store(file, owner=talk.files_owner, by=person, now=now)
        except BadFile as refused:
            bad.append(str(refused))
        else:
            kept[stored.pk] = stored
    return list(kept.values()), bad


def _refuse(row: InboundMail, person: User, talk: Talk | None, reason: str, *, now: datetime) -> None:
    row.outcome, row.reason = Outcome.REFUSED, reason[:300]
    _tell(row, person, talk, reason, now=now)


def _tell(row: InboundMail, person: User, talk: Talk | None, reason: str, *, now: datetime) -> None:
    """Always to the person's own address, never to whoever wrote."""
    mail.write(
        "messaging/mail/reply_refused",
        to=person,
        now=now,
        context={
            "title": talk.topic.title if talk else "your messages",
            "reason": reason,
            "url": talk.topic.url if talk else "/messages/",
        },
        once=f"inbound:{row.pk}",
    )
