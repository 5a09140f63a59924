from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.queries import hq_roles
from messaging.models import Conversation, Email, Message, ReadMark
from messaging.registers import Topic, conversation_sources
from psqm_portal.core.files.rights import reader
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role

# Nothing was said before it: where a person has read nothing yet.
LONG_AGO = Value(datetime(1970, 1, 1, tzinfo=UTC))


def mail_visible_to(user: User) -> QuerySet[Email]:
    """The mail log is HQ admins': it names people of every school. The text is loaded one mail at a time."""
    return Email.objects.all() if Role.HQ_ADMIN in hq_roles(user) else Email.objects.none()


@dataclass(frozen=True, slots=True)
class Line:
    """A message as one reader sees it."""

    message: Message
    attachments: list[StoredFile]
    role_name: str
    mine: bool
    unread: bool


def thread(conversation: Conversation, user: User, role_names: Mapping[int, str] | None = None) -> list[Line]:
    """All messages, oldest first, in three queries. ``unread``: not seen before this page was asked for.

    ``role_names``: user id -> what that person is to the thing talked about ("hub leader").
    """
    mark = ReadMark.objects.filter(conversation=conversation, user=user).first()
    messages = conversation.messages.select_related("author").prefetch_related("attachments")
    return [
        Line(
            message=message,
            attachments=list(message.attachments.all()),
            role_name=(role_names or {}).get(message.author_id, ""),
            mine=message.author_id == user.pk,
            unread=message.author_id != user.pk and (mark is None or message.sent_at > mark.read_to),
        )
        for message in messages
    ]


def _unread(user: User) -> QuerySet[Message]:
    mark = ReadMark.objects.filter(conversation=OuterRef("conversation"), user=user).values("read_to")
    return Message.objects.filter(~Q(author=user), sent_at__gt=Coalesce(Subquery(mark[:1]), LONG_AGO))


def unread_counts(user: User, conversations: Iterable[int] | QuerySet[Any]) -> dict[int, int]:
    """Conversation id -> unread messages, in one query; conversations without any are left out.

    ``conversations``: their ids, or a query for them.
    """
    rows = _unread(user).filter(conversation__in=conversations).order_by().values("conversation")
    return {row["conversation"]: row["n"] for row in rows.annotate(n=Count("pk"))}


@dataclass(frozen=True, slots=True)
class Row:
    conversation: Conversation
    topic: Topic
    unread: int


def conversations_of(user: User) -> QuerySet[Conversation]:
    """Those a person takes part in, the latest word first."""
    mine = Q(pk__in=[])
    for source in conversation_sources:
        mine |= Q(pk__in=source.taking_part(user).order_by().values("pk"))
    return Conversation.objects.filter(mine).order_by(
        F("last_message_at").desc(nulls_last=True), "-started_at", "-pk"
    )


def rows_for(user: User, conversations: Collection[Conversation]) -> list[Row]:
    ids = [conversation.pk for conversation in conversations]
    topics: dict[int, Topic] = {}
    for source in conversation_sources:
        topics |= source.topics(user, ids)
    unread = unread_counts(user, ids)
    return [Row(c, topics[c.pk], unread.get(c.pk, 0)) for c in conversations if c.pk in topics]


@reader
def reads_attachment(user: User, stored: StoredFile) -> bool:
    """A message's files open for those who may read the message now."""
    talks = Message.attachments.through.objects.filter(storedfile=stored).values("message__conversation")
    return any(source.readable(user).filter(pk__in=talks).exists() for source in conversation_sources)


def search_mail(rows: QuerySet[Email], *, state: str = "", words: str = "") -> QuerySet[Email]:
    """Without the texts: a list never loads them."""
    if state:
        rows = rows.filter(state=state)
    for word in words.split():
        rows = rows.filter(Q(to__icontains=word) | Q(subject__icontains=word))
    return rows.defer("text", "html", "last_error").order_by("-written_at", "-id")
