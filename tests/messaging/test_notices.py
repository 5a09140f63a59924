"""At once, once a day, or not by mail."""

from datetime import datetime, timedelta

import pytest

from messaging.domain.conversations import mark_read
from messaging.domain.notices import choose, daily_due, last_daily, tell_daily
from messaging.models import Email, NoticePreference
from psqm_portal.core.clock import LONDON
from tests import factories
from tests.messaging.test_announcements import Scheme

pytestmark = pytest.mark.django_db
NOW = factories.NOW  # Tuesday 3 November 2026, 9 am


def at(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON)


def says(scheme, number=0, *, by=None, at=NOW, body="Hello"):
    from messaging.domain.conversations import post

    submission = scheme.submissions[number]
    return post(
        submission.conversation, by=by or scheme.leader, body=body, now=at, tell=[scheme.teachers[number]],
        about=submission.key, url="/x/", title=str(submission),
    )  # fmt: skip


@pytest.fixture
def scheme():
    return Scheme()


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (at(3, 9), at(2, 17)),
        (at(3, 16, 59), at(2, 17)),
        (at(3, 17), at(3, 17)),
        (at(25, 16, month=10), at(24, 17, month=10)),  # the clock goes back
        (at(25, 17, month=10), at(25, 17, month=10)),
        (at(29, 17, month=3), at(29, 17, month=3)),  # it went forward
    ],
)
def test_five_o_clock_in_london(now, last):
    assert last_daily(now.astimezone(LONDON)) == last


@pytest.mark.parametrize(("how", "mails"), [("at_once", 1), ("daily", 0), ("off", 0), (None, 1)])
def test_a_message_is_told_as_its_reader_chose(scheme, how, mails):
    if how:
        choose(scheme.teachers[0], how, now=NOW)
    says(scheme)
    assert Email.objects.count() == mails


def test_one_mail_a_day_holds_all_that_is_new_and_unread(scheme):
    reader = scheme.teachers[0]
    choose(reader, "daily", now=NOW)
    says(scheme, body="one")
    says(scheme, body="two")
    says(scheme, by=reader, body="mine")
    says(scheme, body="three", at=at(3, 12))
    scheme.announces(title="Day one", at=at(3, 13))
    says(scheme, body="too late", at=at(3, 17, 1))
    assert daily_due(at(3, 16, 59)) == []
    assert daily_due(at(3, 17, 5)) == [reader.pk]
    assert tell_daily(reader.pk, now=at(3, 17, 5))
    mail = Email.objects.get()
    assert mail.subject == "New in your messages today: 2"  # answering read the first two
    assert f"{scheme.submissions[0]}: 1 new message" in mail.text
    assert "Ana Lee: Day one" in mail.text
    assert daily_due(at(3, 17, 6)) == []
    assert tell_daily(reader.pk, now=at(3, 18)) is False
    assert tell_daily(reader.pk, now=at(4, 17))
    assert Email.objects.order_by("-pk")[0].subject == "New in your messages today: 1"
    assert tell_daily(reader.pk, now=at(5, 17)) is False
    assert Email.objects.count() == 2


def test_a_missed_day_is_told_of_in_one_mail(scheme):
    reader = scheme.teachers[0]
    choose(reader, "daily", now=NOW)
    says(scheme, body="on Tuesday", at=at(3, 12))
    says(scheme, body="on Thursday", at=at(5, 12))
    assert tell_daily(reader.pk, now=at(6, 9))
    assert Email.objects.get().subject == "New in your messages today: 2"
    assert NoticePreference.objects.get().told_to == at(5, 17)


def test_nothing_is_told_that_was_read_or_is_none_of_theirs_any_more(scheme):
    reader = scheme.teachers[0]
    choose(reader, "daily", now=NOW)
    says(scheme)
    talk = scheme.submissions[0].conversation
    talk.refresh_from_db()
    mark_read(talk, by=reader, now=NOW)
    assert tell_daily(reader.pk, now=at(3, 17)) is False
    says(scheme, body="More", at=at(4, 9))
    reader.school_memberships.update(ended_at=at(4, 10))
    assert tell_daily(reader.pk, now=at(4, 17)) is False
    assert not Email.objects.exists()


def test_who_changes_their_mind_isnt_told_of_old_news(scheme):
    reader = scheme.teachers[0]
    choose(reader, "off", now=NOW)
    says(scheme)
    choose(reader, "daily", now=NOW + timedelta(hours=1))
    assert tell_daily(reader.pk, now=at(3, 17)) is False
    choose(reader, "at_once", now=at(4, 9))
    assert daily_due(at(5, 18)) == []


def test_the_page(client, scheme):
    client.force_login(scheme.teachers[0])
    assert "One mail at 5pm" in client.get("/messages/notices/").content.decode()
    client.post("/messages/notices/", {"how": "daily"})
    assert NoticePreference.objects.get().how == "daily"
    assert client.post("/messages/notices/", {"how": "hourly"}).status_code == 200
    assert NoticePreference.objects.get().how == "daily"
    assert "/messages/notices/" in client.get("/account/").content.decode()
