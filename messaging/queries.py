from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from accounts.queries import hq_roles
from messaging.models import Conversation, Email, Message, ReadMark
from messaging.registers import Topic, conversation_sources
from psqm_portal.core.roles import Role


def mail_visible_to(user: User) -> QuerySet[Email]:
    """The mail log is HQ admins': it names people of every school. The text is loaded one mail at a time."""
    return Email.objects.all() if Role.HQ_ADMIN in hq_roles(user) else Email.objects.none()


def messages_of(conversation: Conversation, user: User) -> QuerySet[Message]:
    """Oldest first, each with ``read_to``: how far ``user`` had read before this page."""
    mark = ReadMark.objects.filter(conversation=OuterRef("conversation"), user=user).values("read_to")
    return (
        conversation.messages.select_related("author")
        .prefetch_related("attachments")
        .annotate(read_to=Subquery(mark[:1]))
    )


def _unread(user: User) -> QuerySet[Message]:
    mark = ReadMark.objects.filter(conversation=OuterRef("conversation"), user=user).values("read_to")
    return (
        Message.objects.exclude(author=user)
        .annotate(read_to=Subquery(mark[:1]))
        .filter(Q(read_to=None) | Q(sent_at__gt=F("read_to")))
    )


def unread_counts(user: User, conversations: Iterable[Conversation | int]) -> dict[int, int]:
    """Conversation id -> unread messages, in one query; conversations without any are left out."""
    ids = [c.pk if isinstance(c, Conversation) else c for c in conversations]
    if not ids:
        return {}
    rows = _unread(user).filter(conversation__in=ids).order_by().values("conversation")
    return {row["conversation"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def unread_total(user: User) -> int:
    """Unread messages in all conversations a person takes part in: one query per kind of conversation."""
    return sum(
        _unread(user).filter(conversation__in=source.taking_part(user).order_by().values("pk")).count()
        for source in conversation_sources
    )


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
