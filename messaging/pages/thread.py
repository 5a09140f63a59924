"""A conversation as one reader sees it, a page at a time: the newest first, older ones on demand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import User
from messaging.domain.conversations import mark_read, read_by_others, why_not_changeable
from messaging.models import Conversation, Message, ReadMark
from messaging.slots import Talk
from psqm_portal.core.models import StoredFile

PAGE = 30
# What is new is shown whole, up to this.
MOST = 200
AFTER = 10
# A change carries the time at which it was asked for, and may stand a moment later.
SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Line:
    """A message as one reader sees it. ``may_change``: nobody else has read it."""

    message: Message
    attachments: list[StoredFile]
    role_name: str
    mine: bool
    unread: bool
    may_change: bool = False
    may_delete: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """``earlier`` and ``later``: the message to go on from, where there are more.

    ``seen``: the sending of the newest one shown, and the moment up to which changes are shown: a poll
    asks for what came after. The first is a time of the conversation, the second one of the clock.
    """

    lines: list[Line]
    earlier: int | None
    later: int | None
    seen: str


def read(
    talk: Talk, user: User, *, now: datetime, before: str | None = None, at: str | None = None
) -> Thread:
    """Marks it as read where the person takes part, then loads a page of it: five queries at most.

    ``before``: what came before a message; ``at``: a page with that message on it.
    """
    was = mark_read(talk.conversation, by=user, now=now) if talk.takes_part else None
    if not talk.takes_part:
        marks = ReadMark.objects.filter(conversation=talk.conversation, user=user)
        was = marks.values_list("read_to", flat=True).first()
    rows = _rows(talk.conversation)
    if (middle := _one(talk, at)) is not None:
        older = rows.filter(sent_at__lte=middle)
        newer = list(rows.filter(sent_at__gt=middle).order_by("sent_at")[: AFTER + 1])
    elif (end := _one(talk, before)) is not None:
        older, newer = rows.filter(sent_at__lt=end), []
    else:
        older, newer = rows, []
    found = list(older.order_by("-sent_at")[: PAGE + 1])
    if len(found) > PAGE and older is rows and _is_new(found[PAGE], user, was):
        found = list(older.order_by("-sent_at")[: MOST + 1])
    size = PAGE if len(found) <= PAGE + 1 else _enough(found, user, was)
    shown = [*found[:size][::-1], *newer[:AFTER]]
    return Thread(
        lines=lines(talk, user, shown, was=was),
        earlier=shown[0].pk if len(found) > size else None,
        later=shown[-1].pk if len(newer) > AFTER or (older is not rows and not newer) else None,
        seen=_seen(shown[-1].sent_at if shown else talk.conversation.started_at, now),
    )


def _enough(found: list[Message], user: User, was: datetime | None) -> int:
    """A page, or all that is new where that is more."""
    new = max((place for place, one in enumerate(found, 1) if _is_new(one, user, was)), default=0)
    return min(max(PAGE, new), MOST)


def _one(talk: Talk, pk: str | None) -> datetime | None:
    if not pk or not pk.isdecimal() or len(pk) > 15:
        return None
    return talk.conversation.messages.filter(pk=int(pk)).values_list("sent_at", flat=True).first()


def _rows(conversation: Conversation) -> QuerySet[Message]:
    return conversation.messages.select_related("author").prefetch_related("attachments")


def _is_new(message: Message, user: User, was: datetime | None) -> bool:
    return message.author_id != user.pk and (was is None or message.sent_at > was)


def lines(talk: Talk, user: User, shown: Iterable[Message], *, was: datetime | None) -> list[Line]:
    """``was``: how far the person had read before this page."""
    shown = list(shown)
    names: Mapping[int, str] = talk.role_names() if shown else {}
    writes = talk.may_write and any(one.author_id == user.pk for one in shown)
    furthest = read_by_others(talk.conversation, user) if writes else None
    return [
        Line(
            message=one,
            attachments=list(one.attachments.all()),
            role_name=names.get(one.author_id, ""),
            mine=(mine := one.author_id == user.pk),
            unread=_is_new(one, user, was) and one.deleted_at is None,
            may_change=mine and talk.may_write and why_not_changeable(one, furthest) is None,
            may_delete=mine and talk.may_write and one.deleted_at is None,
        )
        for one in shown
    ]


def _seen(newest: datetime, now: datetime) -> str:
    return f"{newest.isoformat()}~{now.isoformat()}"


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a page that stands open doesn't show yet: new messages, and shown ones that changed."""

    new: list[Line]
    changed: list[Line]
    seen: str


def fresh(talk: Talk, user: User, seen: str, *, now: datetime) -> Fresh | None:
    """None where there is nothing, or where ``seen`` isn't one of ours."""
    try:
        newest, looked = (datetime.fromisoformat(part) for part in seen.split("~"))
        is_later = Q(sent_at__gt=newest)
        if newest.tzinfo is None or looked.tzinfo is None:
            return None
        looked -= SLACK
        changed = Q(edited_at__gt=looked) | Q(deleted_at__gt=looked)
        found = list(_rows(talk.conversation).filter(is_later | changed).order_by("sent_at")[:MOST])
    except (ValueError, TypeError, OverflowError):
        return None
    if not found:
        return None
    was = mark_read(talk.conversation, by=user, now=now) if talk.takes_part else newest
    shown = lines(talk, user, found, was=was or newest)
    return Fresh(
        new=[line for line in shown if line.message.sent_at > newest],
        changed=[line for line in shown if line.message.sent_at <= newest],
        seen=_seen(max(found[-1].sent_at, newest), now),
    )
