"""The mails of talk: their words, and whether they are still wanted when they go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from messaging.domain.announcements import NOTICE
from messaging.models import Announcement, AnnouncementReader, Email, Message, ReadMark
from messaging.queries import announcements_for, talk_of
from messaging.registers import MailField, MailKind, at, mail_kind, still_wanted

NEWEST = 5


def _announcements() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Announcement.objects.select_related("author").order_by("-pk")[:NEWEST]
    return [
        (row.title, {"author": row.author, "title": row.title, "url": f"/announcements/{row.pk}/"})
        for row in rows
    ]


mail_kind(
    MailKind(
        template=NOTICE,
        group="Messages",
        title="New announcement",
        when="To everybody an announcement is for, when it is sent, where they want that at once.",
        fields=(
            MailField("author", "Who announces", at("author.name")),
            MailField("topic", "The announcement’s title", at("title")),
        ),
        keep=("topic",),
        examples=_announcements,
    )
)
mail_kind(
    MailKind(
        template="messaging/mail/daily_news",
        group="Messages",
        title="One mail a day with all that is new",
        when="At 5pm to who chose it, on days with new messages or announcements.",
        fields=(
            MailField("count", "How many messages and announcements are new", at("count"), sample="3"),
            MailField(
                "news",
                "What is new: a line for each conversation and announcement",
                at("news"),
                sample="Oak Primary, Autumn 2026: 2 new messages\nHana Hill: Training day moved",
            ),
        ),
        examples=lambda: [("An example", {"url": "/messages/"})],
    )
)
mail_kind(
    MailKind(
        template="messaging/mail/reply_refused",
        group="Messages",
        title="An answer by mail that wasn’t posted",
        when="To the person whose answering address a mail came to, when it can’t be posted whole.",
        fields=(
            MailField(
                "topic", "What the conversation is about", at("title"), sample="Oak Primary, Autumn 2026"
            ),
            MailField("reason", "Why, in a sentence", at("reason"), sample="There was no text in it."),
        ),
        keep=("topic",),
        examples=lambda: [("An example", {"url": "/messages/"})],
    )
)


def _message_wanted(email: Email, _now: datetime) -> bool:
    """Not of what was read or deleted meanwhile, nor to who may not read it any more."""
    message = Message.objects.filter(pk=_number(email)).first()
    if message is None or email.recipient is None:
        return True
    if message.deleted_at is not None or talk_of(email.recipient, message.conversation_id) is None:
        return False
    read = ReadMark.objects.filter(conversation=message.conversation_id, user=email.recipient)
    return not read.filter(read_to__gte=message.sent_at).exists()


def _announcement_wanted(email: Email, _now: datetime) -> bool:
    if email.recipient is None:
        return True
    unread = AnnouncementReader.objects.filter(user=email.recipient, read_at=None)
    return announcements_for(email.recipient).filter(pk=_number(email), readers__in=unread).exists()


def _number(email: Email) -> int:
    """Of "message:12:7"."""
    _, _, rest = (email.once or "").partition(":")
    number = rest.partition(":")[0]
    return int(number) if number.isdecimal() else 0


still_wanted["messaging/mail/new_message"] = _message_wanted
still_wanted[NOTICE] = _announcement_wanted
