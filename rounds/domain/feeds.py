"""A person's secret calendar address: made, renewed, stopped, and asked by calendar programs."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.urls import reverse

from accounts.models import User
from psqm_portal.core import log
from psqm_portal.core.clock import london_day
from rounds.domain import ical
from rounds.domain.calendar import dates_of
from rounds.models import CalendarFeed

NAME = "PSQM dates"
# What one address is answered within the window: several programs of a person, every few minutes.
MOST_READS, WINDOW = 60, timedelta(hours=1)
_signer = signing.Signer(salt="rounds.calendar", sep=".")


def address_of(feed: CalendarFeed) -> str:
    token = _signer.sign(f"{feed.user_id}.{feed.nonce}")
    return settings.PORTAL_ORIGIN + reverse("calendar_feed", args=[token])


@transaction.atomic
def make(person: User, *, now: datetime) -> CalendarFeed:
    """The person's address; asked for twice, still the one."""
    feed, is_new = CalendarFeed.objects.get_or_create(
        user=person, defaults={"nonce": _nonce(), "made_at": now}
    )
    if is_new:
        log.write("calendar.make_address", by=person, now=now, about=f"user:{person.pk}")
    return feed


@transaction.atomic
def renew(person: User, *, now: datetime) -> CalendarFeed:
    """Another address; the old one is dead at once."""
    feed, _ = CalendarFeed.objects.update_or_create(
        user=person,
        defaults={
            "nonce": _nonce(),
            "made_at": now,
            "read_at": None,
            "reads": 0,
            "reads_from": None,
            "digest": "",
            "changed_at": None,
        },
    )
    log.write("calendar.renew_address", by=person, now=now, about=f"user:{person.pk}")
    return feed


@transaction.atomic
def stop(person: User, *, now: datetime) -> bool:
    """No address any more. False where there was none."""
    gone, _ = CalendarFeed.objects.filter(user=person).delete()
    if gone:
        log.write("calendar.stop_address", by=person, now=now, about=f"user:{person.pk}")
    return bool(gone)


def _nonce() -> str:
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a calendar program gets: the dates, their mark, and when they last became others."""

    body: bytes
    etag: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TooOften:
    """Asked more than the window allows; ``again_at`` is when it opens anew."""

    again_at: datetime


def ask(token: str, *, now: datetime) -> Answer | TooOften | None:
    """None where the address was never given, was stopped, or its person has no active account.

    The asking is counted in the database by one statement: a guess that isn't signed costs no query, and no
    cache has to be up. What the person may see is read anew each time.
    """
    try:
        user_id, _, nonce = _signer.unsign(token).partition(".")
    except signing.BadSignature:
        return None
    feeds = CalendarFeed.objects.filter(user_id=int(user_id), nonce=nonce, user__is_active=True)
    feed = feeds.select_related("user").first() if count(feeds, now=now) else None
    if feed is None:
        return None
    if feed.reads > MOST_READS:
        return TooOften((feed.reads_from or now) + WINDOW)
    body = ical.calendar(dates_of(feed.user, today=london_day(now)), name=NAME)
    return _remembered(feed, body, now=now)


def count(feeds: QuerySet[CalendarFeed], *, now: datetime) -> bool:
    """One asking more, or the first of a new window. False where there is no such address."""
    stale = Q(reads_from=None) | Q(reads_from__lte=now - WINDOW)
    found = feeds.update(
        reads=Case(When(stale, then=Value(1)), default=F("reads") + 1),
        reads_from=Case(When(stale, then=Value(now)), default=F("reads_from")),
        read_at=now,
    )
    return bool(found)


def _remembered(feed: CalendarFeed, body: bytes, *, now: datetime) -> Answer:
    """What changed is known by comparing with what was given last: a right that ended leaves no other trace.

    The moment is at least a second after the one before, as a Last-Modified has whole seconds only.
    """
    digest = hashlib.sha256(body).hexdigest()
    changed_at = feed.changed_at
    if changed_at is None or digest != feed.digest:
        changed_at = now.replace(microsecond=0)
        if feed.changed_at is not None:
            changed_at = max(changed_at, feed.changed_at + timedelta(seconds=1))
        CalendarFeed.objects.filter(pk=feed.pk, nonce=feed.nonce).update(digest=digest, changed_at=changed_at)
    return Answer(body, f'"{digest[:32]}"', changed_at)
