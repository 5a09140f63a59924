"""How a person hears of what is new: by mail at once, in one mail a day, or on the pages alone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction

from accounts.models import User
from messaging import queries
from messaging.domain import mail
from messaging.models import AnnouncementReader, NoticePreference
from psqm_portal.core.clock import LONDON, london_day

How = NoticePreference.How
DAILY_AT = time(17)
# More than these are counted, not named.
MOST_NAMED = 20


def how_of(user: User) -> str:
    held = NoticePreference.objects.filter(user=user).values_list("how", flat=True).first()
    return held or How.AT_ONCE


def hows_of(people: Collection[User]) -> dict[int, str]:
    """User id → how, in one query."""
    held = dict(NoticePreference.objects.filter(user__in=people).values_list("user_id", "how"))
    return {person.pk: held.get(person.pk, How.AT_ONCE) for person in people}


def told_at_once(people: Iterable[User]) -> list[User]:
    people = list(people)
    if not people:
        return []
    hows = hows_of(people)
    return [person for person in people if hows[person.pk] == How.AT_ONCE]


def choose(user: User, how: str, *, now: datetime) -> NoticePreference:
    """The daily mail begins with what comes from now on: what was there before has had its notice."""
    held, made = NoticePreference.objects.get_or_create(user=user, defaults={"how": how, "told_to": now})
    if not made and held.how != how:
        held.how, held.told_to = how, now
        held.save(update_fields=["how", "told_to"])
    return held


def last_daily(now: datetime) -> datetime:
    """The last 5 pm in London that has come; the wall clock's, on the days that lose or gain an hour too."""
    local = now.astimezone(LONDON)
    today = datetime.combine(local.date(), DAILY_AT, tzinfo=LONDON)
    if local.time() >= DAILY_AT:
        return today
    return datetime.combine(date.fromordinal(local.date().toordinal() - 1), DAILY_AT, tzinfo=LONDON)


def daily_due(now: datetime) -> list[int]:
    """Whose daily mail isn't made up to the last 5 pm. A missed day is told of with the next run."""
    at = last_daily(now)
    due = NoticePreference.objects.filter(how=How.DAILY, told_to__lt=at, user__is_active=True)
    return list(due.order_by("user_id").values_list("user_id", flat=True))


@dataclass(frozen=True, slots=True)
class News:
    """Unread since the last daily mail. ``lines``: what is new where, one line for each."""

    count: int
    lines: Sequence[str]


def tell_daily(user_id: int, *, now: datetime) -> bool:
    """One mail with all that is new since the last one and still unread; none where there is nothing."""
    at = last_daily(now)
    with transaction.atomic():
        held = NoticePreference.objects.select_for_update().filter(user_id=user_id, how=How.DAILY).first()
        if held is None or held.told_to is None or held.told_to >= at:
            return False
        person = User.objects.get(pk=user_id)
        news = _news(person, since=held.told_to, to=at)
        held.told_to = at
        held.save(update_fields=["told_to"])
        if not news.count or not person.is_active:
            return False
        mail.write(
            "messaging/mail/daily_news",
            to=person,
            now=now,
            context={"count": news.count, "news": "\n".join(news.lines), "url": "/messages/"},
            once=f"daily-news:{london_day(at)}:{user_id}",
        )
    return True


def _news(person: User, *, since: datetime, to: datetime) -> News:
    talks = list(queries.conversations_of(person).filter(last_message_at__gt=since))
    rows = queries.rows_for(person, talks)
    fresh = queries.unread_counts(person, [row.conversation.pk for row in rows], since=since, to=to)
    lines = [
        f"{row.topic.title}: {_counted(fresh[row.conversation.pk])}"
        for row in rows
        if row.conversation.pk in fresh
    ]
    announced = queries.announcements_for(person).filter(
        sent_at__gt=since,
        sent_at__lte=to,
        readers__in=AnnouncementReader.objects.filter(user=person, read_at=None),
    )
    lines += [f"{one.author}: {one.title}" for one in announced]
    count = sum(fresh.values()) + len(announced)
    if len(lines) > MOST_NAMED:
        lines = [*lines[:MOST_NAMED], f"and {len(lines) - MOST_NAMED} more"]
    return News(count, lines)


def _counted(number: int) -> str:
    return f"{number} new {'message' if number == 1 else 'messages'}"
