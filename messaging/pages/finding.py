"""Search over one's own: messages of conversations a person takes part in, and announcements to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from accounts.models import User
from messaging.models import Announcement, Message
from messaging.queries import announcements_for, announcements_overseen, conversations_of, rows_for

# Words before and after the first hit.
AROUND = 90


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    url: str
    author: str
    sent_at: datetime
    excerpt: str


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of what was found, newest first."""

    user: User
    words: list[str]
    keys: list[tuple[int, str]]

    def shown(self) -> list[Found]:
        talks = Message.objects.filter(pk__in=[pk for pk, kind in self.keys if kind == "message"])
        told = Announcement.objects.filter(pk__in=[pk for pk, kind in self.keys if kind == "announcement"])
        messages = {one.pk: one for one in talks.select_related("author", "conversation")}
        announcements = {one.pk: one for one in told.select_related("author")}
        about = {
            row.conversation.pk: row.topic
            for row in rows_for(self.user, {one.conversation for one in messages.values()})
        }
        found = []
        for pk, kind in self.keys:
            if kind == "announcement":
                one = announcements[pk]
                found.append(self._found(one, f"Announcement: {one.title}", f"/announcements/{pk}/"))
            elif (topic := about.get(messages[pk].conversation_id)) is not None:
                found.append(self._found(messages[pk], topic.title, f"{topic.url}?at={pk}#message-{pk}"))
        return found

    def _found(self, one: Message | Announcement, title: str, url: str) -> Found:
        return Found(title, url, str(one.author), one.sent_at, excerpt(one.body, self.words))


@dataclass(frozen=True, slots=True)
class Hits:
    """For a paginator: counted and cut in the database."""

    user: User
    words: list[str]
    rows: QuerySet[Any]

    def count(self) -> int:
        return self.rows.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, wanted: slice) -> Rows:
        return Rows(self.user, self.words, [(pk, kind) for pk, kind, _ in self.rows[wanted]])


def find(user: User, words: str) -> Hits:
    """Each word is in the text, the title or the writer's name."""
    each = words.split()[:10]
    talks = conversations_of(user).order_by().values("pk")
    messages = Message.objects.filter(conversation__in=talks, deleted_at=None)
    told = (announcements_for(user) | announcements_overseen(user)).order_by()
    for word in each:
        messages = messages.filter(Q(body__icontains=word) | Q(author__name__icontains=word))
        told = told.filter(
            Q(body__icontains=word) | Q(title__icontains=word) | Q(author__name__icontains=word)
        )
    rows = _keys(messages, "message").union(_keys(told, "announcement"), all=True)
    return Hits(user, each, rows.order_by("-sent_at", "-pk"))


def _keys(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    named = rows.order_by().annotate(kind=Value(kind, output_field=CharField()))
    return named.values_list("pk", "kind", "sent_at")


def excerpt(text: str, words: list[str]) -> str:
    """Some words around the first hit, on one line."""
    line = " ".join(text.split())
    places = [line.lower().find(word.lower()) for word in words]
    first = min((place for place in places if place >= 0), default=0)
    start, end = max(0, first - AROUND), first + AROUND
    cut = line[start:end]
    if start:
        cut = "…" + cut.partition(" ")[2]
    return cut.rpartition(" ")[0].rstrip(".,;: ") + "…" if end < len(line) else cut
