"""Talk: posting, changing and deleting a message, and how far a person has read."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User
from messaging.domain import mail
from messaging.domain.notices import told_at_once
from messaging.models import Conversation, Message, ReadMark
from psqm_portal.core import log
from psqm_portal.core.files.storing import forget
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
    came_by_mail: bool = False,
) -> Message:
    """Appends a message and writes a notice to everybody in ``tell`` but the author who wants it at once.

    ``title`` names what the talk is about ("Oak Primary, Autumn 2026"), ``url`` is its page. The same
    words and files by the same person within a minute are the same message: a form sent twice. Messages
    of a conversation have strictly growing times, so that a read mark splits them exactly.
    """
    body = _words(body)
    conversation = _locked(conversation.pk)
    if (again := _same_again(conversation, by=by, body=body, attachments=attachments, now=now)) is not None:
        return again
    last = conversation.last_message_at
    at = now if last is None or now > last else last + timedelta(microseconds=1)
    message = Message.objects.create(
        conversation=conversation, author=by, body=body, sent_at=at, came_by_mail=came_by_mail
    )
    message.attachments.set(attachments)
    conversation.last_message_at = at
    conversation.save(update_fields=["last_message_at"])
    _mark(conversation, by=by, read_to=at)
    others = {person.pk: person for person in tell if person.pk != by.pk}
    for person in told_at_once(others.values()):
        mail.write(
            "messaging/mail/new_message",
            to=person,
            now=now,
            context={"author": by, "title": title, "url": url},
            about=about,
            once=f"message:{message.pk}:{person.pk}",
        )
    return message


def _words(body: str) -> str:
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Refused("Write a message.")
    return body


def _locked(conversation_id: int) -> Conversation:
    return Conversation.objects.select_for_update().get(pk=conversation_id)


def _same_again(
    conversation: Conversation, *, by: User, body: str, attachments: Sequence[StoredFile], now: datetime
) -> Message | None:
    files = {stored.pk for stored in attachments}
    recent = conversation.messages.filter(author=by, body=body, sent_at__gt=now - SAME_AGAIN)
    for message in recent.prefetch_related("attachments"):
        if {stored.pk for stored in message.attachments.all()} == files:
            return message
    return None


def read_by_others(conversation: Conversation, author: User) -> datetime | None:
    """How far anybody but the author has read."""
    others = ReadMark.objects.filter(conversation=conversation).exclude(user=author)
    return others.aggregate(furthest=Max("read_to"))["furthest"]


def why_not_changeable(message: Message, furthest: datetime | None) -> str | None:
    """``furthest``: how far others have read, from :func:`read_by_others`."""
    if message.deleted_at is not None:
        return "This message was deleted."
    if furthest is not None and furthest >= message.sent_at:
        return "Somebody has read this message, so it can't be changed any more. Write another one."
    return None


@transaction.atomic
def change(message: Message, *, by: User, body: str, now: datetime) -> Message:
    """Other words, as long as nobody else has read the old ones. Marks and changes wait for each other."""
    body = _words(body)
    conversation = _locked(message.conversation_id)
    message = Message.objects.select_related("author").get(pk=message.pk)
    if message.author_id != by.pk:
        raise PermissionDenied
    if (sentence := why_not_changeable(message, read_by_others(conversation, by))) is not None:
        raise Refused(sentence)
    if body != message.body:
        message.body, message.edited_at = body, now
        message.save(update_fields=["body", "edited_at"])
    return message


@transaction.atomic
def delete(message: Message, *, by: User, now: datetime) -> Message:
    """The words and files go, a mark stays. Doing it twice changes nothing."""
    _locked(message.conversation_id)
    message = Message.objects.get(pk=message.pk)
    if message.author_id != by.pk:
        raise PermissionDenied
    if message.deleted_at is None:
        files = list(message.attachments.all())
        message.attachments.clear()
        message.body, message.deleted_at = "", now
        message.save(update_fields=["body", "deleted_at"])
        for stored in files:
            forget(stored)
        log.write("message.delete", by=by, now=now, about=f"conversation:{message.conversation_id}")
    return message


def mark_read(conversation: Conversation, *, by: User, now: datetime) -> datetime | None:
    """Read up to the newest message of ``conversation`` as it was loaded, not of this moment.

    Returns how far it was read before. A page calls this before it loads the words it shows: a message
    that is changed later is one that somebody has read.
    """
    read_to = conversation.last_message_at or now
    before = ReadMark.objects.filter(conversation=conversation, user=by).values_list("read_to", flat=True)
    was = before.first()
    if was is None or was < read_to:
        with transaction.atomic():
            _locked(conversation.pk)
            _mark(conversation, by=by, read_to=read_to)
    return was


def _mark(conversation: Conversation, *, by: User, read_to: datetime) -> None:
    marks = ReadMark.objects.filter(conversation=conversation, user=by)
    if marks.filter(read_to__lt=read_to).update(read_to=read_to) or marks.exists():
        return
    try:
        with transaction.atomic():
            ReadMark.objects.create(conversation=conversation, user=by, read_to=read_to)
    except IntegrityError:
        marks.filter(read_to__lt=read_to).update(read_to=read_to)
