"""Talk: posting a message, and how far a person has read."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from messaging.domain import mail
from messaging.models import Conversation, Message, ReadMark
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile

SAME_AGAIN = timedelta(minutes=1)


def start(*, now: datetime) -> Conversation:
    return Conversation.objects.create(started_at=now)


@transaction.atomic
def post(  # noqa: PLR0913 - a message and what its notice says
    conversation: Conversation,
    *,
    by: User,
    body: str,
    now: datetime,
    tell: Iterable[User],
    about: str,
    url: str,
    title: str,
    attachments: Sequence[StoredFile] = (),
) -> Message:
    """Appends a message and writes a notice to everybody in ``tell`` but the author.

    ``title`` names what the talk is about ("Oak Primary, Autumn 2026"), ``url`` is its page. The same
    words and files by the same person within a minute are the same message: a form sent twice. Messages
    of a conversation have strictly growing times, so that a read mark splits them exactly.
    """
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Refused("Write a message.")
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if (again := _same_again(conversation, by=by, body=body, attachments=attachments, now=now)) is not None:
        return again
    last = conversation.last_message_at
    at = now if last is None or now > last else last + timedelta(microseconds=1)
    message = Message.objects.create(conversation=conversation, author=by, body=body, sent_at=at)
    message.attachments.set(attachments)
    conversation.last_message_at = at
    conversation.save(update_fields=["last_message_at"])
    _mark(conversation, by=by, read_to=at)
    told = {person.pk: person for person in tell if person.pk != by.pk}
    for person in told.values():
        mail.write(
            "messaging/mail/new_message",
            to=person,
            now=now,
            context={"author": by, "title": title, "url": url},
            about=about,
            once=f"message:{message.pk}:{person.pk}",
        )
    return message


def _same_again(
    conversation: Conversation, *, by: User, body: str, attachments: Sequence[StoredFile], now: datetime
) -> Message | None:
    files = {stored.pk for stored in attachments}
    recent = conversation.messages.filter(author=by, body=body, sent_at__gt=now - SAME_AGAIN)
    for message in recent.prefetch_related("attachments"):
        if {stored.pk for stored in message.attachments.all()} == files:
            return message
    return None


def mark_read(conversation: Conversation, *, by: User, now: datetime) -> None:
    """Read up to the newest message of ``conversation`` as it was loaded, not of this moment."""
    _mark(conversation, by=by, read_to=conversation.last_message_at or now)


def _mark(conversation: Conversation, *, by: User, read_to: datetime) -> None:
    marks = ReadMark.objects.filter(conversation=conversation, user=by)
    if marks.filter(read_to__lt=read_to).update(read_to=read_to) or marks.exists():
        return
    try:
        with transaction.atomic():
            ReadMark.objects.create(conversation=conversation, user=by, read_to=read_to)
    except IntegrityError:
        marks.filter(read_to__lt=read_to).update(read_to=read_to)
