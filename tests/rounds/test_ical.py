"""What calendar programs read: the rules of RFC 5545, looked at byte by byte."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from psqm_portal.core.calendars import Dated, Sort
from rounds.domain import ical

LONDON = ZoneInfo("Europe/London")
CHANGED = datetime(2026, 9, 1, 7, 30, tzinfo=UTC)


def deadline(**fields) -> Dated:
    return Dated(
        **{
            "key": "submission-7-audit",
            "title": "Audit; rate, decide",
            "day": date(2026, 10, 31),
            "url": "/submissions/7/audit/",
            "changed_at": CHANGED,
            "sequence": 2,
            "round": "Autumn 2026",
            "about": ("Ashbrook Primary School",),
            "opens_on": date(2026, 10, 1),
            **fields,
        }
    )


def session(**fields) -> Dated:
    return deadline(
        **{
            "key": "session-3",
            "title": "Training day 1",
            "sort": Sort.SESSION,
            "starts_at": time(9, 30),
            "ends_at": time(15),
            "place": "Learning Centre, 1 High Street",
            **fields,
        }
    )


def unfolded(body: bytes) -> list[str]:
    """The content lines, by the RFC's own words and no package."""
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def event_of(one: Dated) -> list[str]:
    lines = unfolded(ical.file(one))
    return lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT") + 1]


def test_a_deadline_is_a_whole_day_that_takes_nobodys_time():
    assert event_of(deadline()) == [
        "BEGIN:VEVENT",
        "UID:submission-7-audit@localhost",
        "DTSTAMP:20260901T073000Z",
        "LAST-MODIFIED:20260901T073000Z",
        "SEQUENCE:2",
        r"SUMMARY:Due: Audit\; rate\, decide (Ashbrook Primary School)",
        "DTSTART;VALUE=DATE:20261031",
        "DTEND;VALUE=DATE:20261101",
        (
            r"DESCRIPTION:Autumn 2026\nDue by the end of Saturday 31 October 2026.\nOpens on Thursday"
            r" 1 October 2026.\n\nhttp://localhost/submissions/7/audit/"
        ),
        "URL:http://localhost/submissions/7/audit/",
        "CATEGORIES:PSQM,Autumn 2026",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
        "END:VEVENT",
    ]


def test_a_session_has_its_time_in_london_and_its_place():
    lines = event_of(session())
    assert "DTSTART;TZID=Europe/London:20261031T093000" in lines
    assert "DTEND;TZID=Europe/London:20261031T150000" in lines
    assert r"LOCATION:Learning Centre\, 1 High Street" in lines
    assert {"TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"} <= set(lines)


def test_a_session_without_an_end_says_so():
    lines = event_of(session(ends_at=None))
    assert "DTEND;TZID=Europe/London:20261031T103000" in lines
    assert any(r"Starts at 9.30am\; the end isn’t set yet." in line for line in lines)


def test_the_calendar_says_who_it_is_and_how_often_to_ask():
    assert unfolded(ical.calendar([], name="PSQM dates")) == [
        "BEGIN:VCALENDAR",
        "PRODID:-//PSQM portal//Calendar//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:PSQM dates",
        "X-WR-CALNAME:PSQM dates",
        "X-WR-TIMEZONE:Europe/London",
        "URL:http://localhost/calendar/",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
        "X-APPLE-CALENDAR-COLOR:#5A2A86",
        "END:VCALENDAR",
    ]


def test_lines_end_with_crlf_and_fold_at_75_octets_between_letters():
    body = ical.calendar([deadline(title="Prüfung – „Größe“ 🧲 " * 9), session()], name="PSQM dates")
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")
    lines = body.split(b"\r\n")
    assert max(len(line) for line in lines) == 75
    for line in lines:
        line.decode()  # no letter is cut in two
    again = icalendar.Calendar.from_ical(body)
    assert next(str(event["summary"]) for event in again.walk("VEVENT")).count("🧲") == 9


def test_s24_typed_text_stays_text():
    """CRLF in a name or a place begins no property and no event."""
    nasty = "Hall\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:x@evil.example\x0b\x1f"
    body = ical.calendar([session(title=nasty, place=nasty, note=nasty, about=(nasty,))], name="PSQM dates")
    lines = unfolded(body)
    assert lines.count("BEGIN:VEVENT") == 1
    assert not [line for line in lines if line.startswith("ATTENDEE")]
    assert b"\x0b" not in body
    assert b"\x1f" not in body


# 25 October 2026, 28 March 2027 and 31 October 2027, and a day with no change.
CHANGES = [date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2027, 7, 1)]


@pytest.mark.parametrize("day", CHANGES)
def test_r05_our_zone_is_londons_on_both_sides_of_a_change(day):
    """The rule we write, read by another implementation, hour by hour in UTC; both folds come by."""
    written = ical.london().to_tz(lookup_tzid=False)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    for hours in range(48):
        instant = start + timedelta(hours=hours)
        ours, theirs = instant.astimezone(written), instant.astimezone(LONDON)
        assert (ours.replace(tzinfo=None), ours.utcoffset()) == (
            theirs.replace(tzinfo=None),
            theirs.utcoffset(),
        ), instant


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2026, 10, 24), 8),
        (date(2026, 10, 25), 9),
        (date(2027, 3, 27), 9),
        (date(2027, 3, 28), 8),
        (date(2027, 10, 30), 8),
        (date(2027, 10, 31), 9),
    ],
)
def test_r05_half_past_nine_is_half_past_nine(day, utc):
    body = ical.file(session(day=day))
    assert f"DTSTART;TZID=Europe/London:{day:%Y%m%d}T093000" in unfolded(body)
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert event.start.astimezone(UTC) == datetime(day.year, day.month, day.day, utc, 30, tzinfo=UTC)
