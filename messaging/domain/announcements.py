"""Announcements: one text to many people, who are kept with it. Their notices are written by a worker."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from messaging.domain.mail import Letter, write_many
from messaging.domain.notices import How, hows_of
from messaging.models import Announcement, AnnouncementReader
from messaging.slots import Addressee, Audience
from psqm_portal.core import events, log
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import StoredFile

SAME_AGAIN = timedelta(minutes=1)
BATCH = 200
NOTICE = "messaging/mail/announcement"
CHANGED = "Since you opened this page the people it goes to have changed. Look at them again, then send it."
NOBODY = "Nobody would read this yet: there are no people in it."


def addressees(audience: Audience, by: User) -> list[Addressee]:
    """Everybody it would go to now; never its writer."""
    return [one for one in audience.people() if one.person.pk != by.pk]


def mark_of(people: Collection[Addressee]) -> str:
    """Whom a page named, in short: another set of people is another mark."""
    ids = ",".join(str(pk) for pk in sorted(one.person.pk for one in people))
    return hashlib.sha256(ids.encode()).hexdigest()[:32]


@transaction.atomic
def announce(
    audience: Audience,
    *,
    by: User,
    title: str,
    body: str,
    seen: str,
    now: datetime,
    attachments: Sequence[StoredFile] = (),
) -> Announcement:
    """``seen``: the mark of the people whom the page named before sending."""
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    if not title or not body:
        raise Refused("Write a title and an announcement.")
    again = Announcement.objects.filter(
        audience=audience.key, author=by, title=title, body=body, sent_at__gt=now - SAME_AGAIN
    ).first()
    if again is not None:
        return again
    people = addressees(audience, by)
    if not people:
        raise Refused(NOBODY)
    if mark_of(people) != seen:
        raise Refused(CHANGED)
    made = Announcement.objects.create(audience=audience.key, title=title, body=body, author=by, sent_at=now)
    made.attachments.set(attachments)
    AnnouncementReader.objects.bulk_create(
        [AnnouncementReader(announcement=made, user=one.person) for one in people], batch_size=500
    )
    log.write("announcement.send", by=by, now=now, about=f"announcement:{made.pk}", detail=str(len(people)))
    events.publish("announcement.sent", made, Occasion(by=by, now=now))
    return made


def untold() -> list[int]:
    """Announcements some of whose notices aren't written."""
    rows = AnnouncementReader.objects.filter(told_at=None).order_by().values_list("announcement", flat=True)
    return sorted(rows.distinct())


def tell_readers(announcement_id: int, *, now: datetime) -> int:
    """Writes the notices that aren't written yet, some hundred in one transaction. Returns how many."""
    announcement = Announcement.objects.select_related("author").get(pk=announcement_id)
    written = 0
    while (batch := _tell_some(announcement, now=now)) is not None:
        written += batch
    return written


@transaction.atomic
def _tell_some(announcement: Announcement, *, now: datetime) -> int | None:
    """Who wants one mail a day is told of it then; who wants none sees it on the pages."""
    left = announcement.readers.filter(told_at=None).select_related("user").order_by("pk")
    rows = list(left.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    if not rows:
        return None
    hows = hows_of([row.user for row in rows])
    letters = [
        Letter(
            NOTICE,
            to=row.user,
            context={
                "author": announcement.author,
                "title": announcement.title,
                "url": f"/announcements/{announcement.pk}/",
            },
            about=f"announcement:{announcement.pk}",
            once=f"announcement:{announcement.pk}:{row.user_id}",
        )
        for row in rows
        if hows[row.user_id] == How.AT_ONCE and row.read_at is None
    ]
    written = [email for email in write_many(letters, now=now) if email is not None]
    AnnouncementReader.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=now)
    return len(written)


def mark_announcement_read(announcement: Announcement, *, by: User, now: datetime) -> bool:
    unread = AnnouncementReader.objects.filter(announcement=announcement, user=by, read_at=None)
    return bool(unread.update(read_at=now))
