from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.queries import hq_roles
from messaging.models import (
    Announcement,
    AnnouncementReader,
    Conversation,
    Email,
    Message,
    ReadMark,
    Suppression,
)
from messaging.registers import conversation_sources
from messaging.slots import Talk, Topic, audience_sources
from psqm_portal.core.files.rights import reader
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role

# Nothing was said before it: where a person has read nothing yet.
LONG_AGO = Value(datetime(1970, 1, 1, tzinfo=UTC))


def mail_visible_to(user: User) -> QuerySet[Email]:
    """The mail log is HQ admins': it names people of every school. The text is loaded one mail at a time."""
    return Email.objects.all() if Role.HQ_ADMIN in hq_roles(user) else Email.objects.none()


def _unread(user: User) -> QuerySet[Message]:
    mark = ReadMark.objects.filter(conversation=OuterRef("conversation"), user=user).values("read_to")
    return Message.objects.filter(
        ~Q(author=user), deleted_at=None, sent_at__gt=Coalesce(Subquery(mark[:1]), LONG_AGO)
    )


def unread_counts(
    user: User,
    conversations: Iterable[int] | QuerySet[Any],
    *,
    since: datetime | None = None,
    to: datetime | None = None,
) -> dict[int, int]:
    """Conversation id -> unread messages, in one query; conversations without any are left out.

    ``conversations``: their ids, or a query for them. ``since`` and ``to`` narrow to what was sent between.
    """
    rows = _unread(user).filter(conversation__in=conversations)
    if since is not None:
        rows = rows.filter(sent_at__gt=since)
    if to is not None:
        rows = rows.filter(sent_at__lte=to)
    counted = rows.order_by().values("conversation").annotate(n=Count("pk"))
    return dict(counted.values_list("conversation", "n"))


@dataclass(frozen=True, slots=True)
class Unread:
    """What a person hasn't read: conversation id -> messages, and how many announcements."""

    talks: dict[int, int]
    announcements: int

    @property
    def messages(self) -> int:
        return sum(self.talks.values())

    @property
    def total(self) -> int:
        return self.messages + self.announcements


# Every page's header asks it: put together by the ORM it takes longer than the database does.
_UNREAD = """
    SELECT 0, COUNT(*) FROM messaging_announcementreader WHERE user_id = %s AND read_at IS NULL
    UNION ALL
    SELECT message.conversation_id, COUNT(*) FROM messaging_message message
    LEFT JOIN messaging_readmark mark ON mark.conversation_id = message.conversation_id AND mark.user_id = %s
    WHERE message.author_id <> %s AND message.deleted_at IS NULL
        AND (mark.read_to IS NULL OR message.sent_at > mark.read_to)
        AND message.conversation_id IN ({})
    GROUP BY message.conversation_id
"""


def unread_of(user: User, *conversations: QuerySet[Any]) -> Unread:
    """In one query; ``conversations``: a query for each kind's ids.

    Whether announcements may still be read is asked only while one is unread.
    """
    asked, given = ["SELECT CAST(NULL AS BIGINT)"], [user.pk] * 3
    for ids in conversations:
        with suppress(EmptyResultSet):
            sql, params = ids.query.sql_with_params()
            asked.append(sql)
            given += params
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD.format(" UNION ALL ".join(asked)), given)
        talks = dict(cursor.fetchall())
    announcements = 0
    if talks.pop(0):
        to_read = AnnouncementReader.objects.filter(user=user, read_at=None)
        unread = Counter(to_read.values_list("announcement__audience", flat=True))
        announcements = sum(unread[key] for key in _still_read(user, unread))
    return Unread(talks, announcements)


def _still_read(user: User, keys: Collection[str]) -> set[str]:
    found: set[str] = set()
    for source in audience_sources:
        if mine := [key for key in keys if key.startswith(f"{source.kind}:")]:
            found.update(source.read_by(user, mine))
    return found


def announcements_for(user: User) -> QuerySet[Announcement]:
    """Those that were sent to a person who still is what they were sent for; the newest first."""
    sent = AnnouncementReader.objects.filter(user=user)
    keys = sent.order_by().values_list("announcement__audience", flat=True).distinct()
    told = Exists(sent.filter(announcement=OuterRef("pk")))
    rows = Announcement.objects.filter(told, audience__in=_still_read(user, keys))
    return rows.order_by("-sent_at", "-id")


def announcements_overseen(user: User) -> QuerySet[Announcement]:
    """Those whose figures a person sees, by what they are now: also what others of their hub sent."""
    mine = Q(pk__in=[])
    for source in audience_sources:
        mine |= source.overseen(user)
    return Announcement.objects.filter(mine).order_by("-sent_at", "-id")


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
    """A message's files open for those who may read the message now; an announcement's likewise."""
    talks = Message.attachments.through.objects.filter(storedfile=stored).values("message__conversation")
    if any(source.readable(user).filter(pk__in=talks).exists() for source in conversation_sources):
        return True
    told = Announcement.attachments.through.objects.filter(storedfile=stored).values("announcement")
    own = (announcements_for(user), announcements_overseen(user))
    return any(rows.filter(pk__in=told).exists() for rows in own)


def talk_of(user: User, conversation_id: int) -> Talk | None:
    """The conversation as this person may meet it now; None for whoever may not read it."""
    for source in conversation_sources:
        if (talk := source.opens(user, conversation_id)) is not None:
            return talk
    return None


def newest_mail(rows: QuerySet[Email]) -> QuerySet[Email]:
    """Without the texts: a list never loads them."""
    return rows.select_related("recipient").defer("text", "html").order_by("-written_at", "-id")


def suppressed_among(addresses: Iterable[str]) -> set[str]:
    """Which of these addresses nothing is sent to now, in lower case; one query."""
    asked = {address.lower() for address in addresses}
    return set(
        Suppression.objects.filter(address__in=asked, lifted_at=None).values_list("address", flat=True)
    )


def suppression_of(user: User) -> Suppression | None:
    return Suppression.objects.filter(address=user.email.lower(), lifted_at=None).first()
