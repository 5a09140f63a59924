"""The list of conversations: what each is about, its last word, and what is unread."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F

from accounts.models import User
from messaging.models import Conversation, Message
from messaging.queries import Row, rows_for


@dataclass(frozen=True, slots=True)
class ListRow:
    row: Row
    last: Message | None
    mine: bool


def conversation_rows(user: User, conversations: Collection[Conversation]) -> list[ListRow]:
    """Constant queries: topics, unread counts, last messages."""
    rows = rows_for(user, conversations)
    newest = Message.objects.filter(
        conversation__in=[row.conversation.pk for row in rows], sent_at=F("conversation__last_message_at")
    )
    last = {one.conversation_id: one for one in newest.select_related("author")}
    return [
        ListRow(row, message := last.get(row.conversation.pk), bool(message and message.author_id == user.pk))
        for row in rows
    ]
