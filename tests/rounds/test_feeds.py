"""A person's secret calendar address: given, renewed, stopped, and what programs get from it."""

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hubs.models import HubRound, TrainingSession
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from rounds.domain import feeds
from rounds.domain.change import move_milestone
from rounds.models import CalendarFeed
from schools.models import SchoolMembership
from tests import factories as make
from tests.factories import NOW
from tests.support.races import PATIENCE, at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """The views' clock, in our hands."""

    class Clock:
        now = NOW

    monkeypatch.setattr("rounds.views.calendar.now", lambda: Clock.now)
    return Clock


@pytest.fixture
def leader(clock):
    person = make.member(make.school(name="Ashbrook"))
    make.submission(place=person.school_memberships.get().school, parts=False)
    return person


def path_of(person) -> str:
    return feeds.address_of(feeds.make(person, now=NOW)).removeprefix("http://localhost")


def titles(response) -> list[str]:
    lines = response.content.decode().replace("\r\n ", "").split("\r\n")
    return [line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:")]


def test_a_program_reads_it_without_a_session(leader):
    answer = Client().get(path_of(leader))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert titles(answer) == [
        r"Due: Audit against the criteria and decide on a level (Ashbrook)",
        "Due: Action plan (Ashbrook)",
        "Due: Send for sign-off (Ashbrook)",
        "Due: Submit reflections with evidence (Ashbrook)",
        "By today: Award notification (Ashbrook)",
    ]
    assert CalendarFeed.objects.get().read_at == NOW
    assert Client().head(path_of(leader)).status_code == 200


def test_the_address_stays_until_it_is_renewed_or_stopped(leader):
    first = path_of(leader)
    assert path_of(leader) == first
    second = feeds.address_of(feeds.renew(leader, now=NOW)).removeprefix("http://localhost")
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    assert feeds.stop(leader, now=NOW)
    assert not feeds.stop(leader, now=NOW)
    assert Client().get(second).status_code == 404
    assert list(
        LogEntry.objects.filter(about=f"user:{leader.pk}").order_by("id").values_list("action", "by")
    ) == [
        ("calendar.make_address", leader.pk),
        ("calendar.renew_address", leader.pk),
        ("calendar.stop_address", leader.pk),
    ]


def test_a_guess_or_somebody_elses_number_opens_nothing_and_asks_no_database(leader):
    path = path_of(leader)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    number, nonce, signature = token.split(".")
    assert len(nonce) >= 22  # 128 bits
    other = path_of(make.user())
    wrong = [
        f"{number}.{nonce}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{int(number) + 1}.{nonce}.{signature}",
        f"{number}.{nonce}",
        "unknown",
    ]
    for one in wrong:
        with CaptureQueriesContext(connection) as asked:
            assert Client().get(f"/calendar/{one}.ics").status_code == 404
        assert len(asked) == 0
    assert titles(Client().get(other)) == []
    assert Client().post(path).status_code == 405


def test_s04_what_ended_is_gone_at_the_next_asking(leader, clock):
    path, client = path_of(leader), Client()
    first = client.get(path)
    SchoolMembership.objects.filter(user=leader).update(ended_at=NOW)
    since = {"If-Modified-Since": first["Last-Modified"]}
    # Within the same second, and by the date alone: still not "unchanged".
    again = client.get(path, headers=since)
    assert (again.status_code, titles(again)) == (200, [])
    assert again["Last-Modified"] != first["Last-Modified"]
    type(leader).objects.filter(pk=leader.pk).update(is_active=False)
    assert client.get(path, headers={"If-None-Match": again["ETag"]}).status_code == 404
    type(leader).objects.filter(pk=leader.pk).update(is_active=True)
    assert client.get(path).status_code == 200


def test_an_unchanged_calendar_is_told_so(leader, clock):
    path, client = path_of(leader), Client()
    first = client.get(path)
    assert first["Last-Modified"] == "Tue, 03 Nov 2026 09:00:00 GMT"
    clock.now = NOW + timedelta(days=3)
    for headers in [{"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}]:
        same = client.get(path, headers=headers)
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])


def test_a_moved_date_keeps_its_name_and_says_that_it_moved(leader, clock):
    path, client = path_of(leader), Client()
    first = client.get(path)
    milestone = (
        leader.school_memberships.get()
        .school.submissions.get()
        .round.milestones.get(step="action_plan", audience="school")
    )
    moved = NOW + timedelta(hours=2)
    move_milestone(
        milestone,
        opens_on=milestone.opens_on,
        due_on=milestone.due_on + timedelta(days=7),
        by=make.hq(),
        now=moved,
    )
    clock.now = NOW + timedelta(hours=3)
    second = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second["Last-Modified"] == "Tue, 03 Nov 2026 12:00:00 GMT"

    def event(answer, name="action_plan@"):
        text = answer.content.decode().replace("\r\n ", "")
        (found,) = [part for part in text.split("BEGIN:VEVENT") if name in part]
        return found

    def line(answer, name):
        return next(row for row in event(answer).split("\r\n") if row.startswith(name))

    assert line(first, "UID") == line(second, "UID")
    assert (line(first, "SEQUENCE"), line(second, "SEQUENCE")) == ("SEQUENCE:0", "SEQUENCE:1")
    assert line(second, "LAST-MODIFIED") == f"LAST-MODIFIED:{moved.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert line(first, "DTSTART") == "DTSTART;VALUE=DATE:20261130"
    assert line(second, "DTSTART") == "DTSTART;VALUE=DATE:20261207"


def test_one_address_is_answered_sixty_times_an_hour(leader, clock, monkeypatch):
    """By a count in the database: an unchanged answer counts too, another person's doesn't."""
    path, client = path_of(leader), Client()
    etag = client.get(path)["ETag"]
    CalendarFeed.objects.update(reads=feeds.MOST_READS - 1)
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    clock.now = NOW + timedelta(minutes=20)
    refused = client.get(path)
    assert (refused.status_code, refused["Retry-After"]) == (429, "2400")
    with monkeypatch.context() as unlimited:  # the control: without the limit it is answered
        unlimited.setattr(feeds, "MOST_READS", 10_000)
        assert client.get(path).status_code == 200
    assert client.get(path_of(make.user())).status_code == 200
    clock.now = NOW + feeds.WINDOW
    assert client.get(path).status_code == 200
    assert CalendarFeed.objects.get(user=leader).reads == 1


def test_s33_opening_it_in_a_signed_in_browser_gives_nobody_elses_dates(leader):
    """The address decides, not who asks."""
    client = Client()
    client.force_login(make.hq(Role.HQ_VIEWER))
    assert len(titles(client.get(path_of(leader)))) == 5


@pytest.mark.parametrize("schools", [1, 3, 10])
def test_r24_the_feed_costs_the_same_for_any_number_of_schools(clock, schools):
    """A hub leader with so many schools, who is at a school of their own as well."""
    cycle, hub = make.round_(), make.hub()
    leader = make.hub_member(hub)
    for _ in range(schools):
        make.submission(cycle=cycle, in_hub=hub, parts=False)
    taking_part = HubRound.objects.get(hub=hub)
    TrainingSession.objects.create(hub_round=taking_part, step="training_1", held_on=NOW)
    make.submission(place=(place := make.school()), parts=False)
    make.member(place, person=leader)
    path, client = path_of(leader), Client()
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) == 20
    assert datetime(2026, 1, 1, tzinfo=UTC) < CalendarFeed.objects.get().changed_at


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_one_statement", [True, False])
def test_r01_every_asking_at_once_is_counted(by_one_statement, monkeypatch):
    """Eight at the same moment; the control reads the count first and writes it afterwards."""
    person = make.user()
    token = path_of(person).removeprefix("/calendar/").removesuffix(".ics")
    if not by_one_statement:
        together = Barrier(8)

        def read_then_write(rows, *, now):
            feed = rows.get()
            together.wait(timeout=PATIENCE)
            feed.reads, feed.reads_from = feed.reads + 1, now
            feed.save(update_fields=["reads", "reads_from"])
            return True

        monkeypatch.setattr(feeds, "count", read_then_write)
    answers = at_once([lambda: feeds.ask(token, now=NOW)] * 8)
    assert len({answer.body for answer in answers}) == 1
    assert (CalendarFeed.objects.get(user=person).reads == 8) is by_one_statement
