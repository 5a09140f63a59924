"""Dates as iCalendar (RFC 5545), as Outlook, Google and Apple read it (docs/decisions/0061-calendars.md).

The text depends on the dates alone and on no clock, so that equal dates are equal bytes.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDuration, vRecur

from psqm_portal.core.calendars import Dated, Sort
from psqm_portal.core.clock import LONDON, long_day
from psqm_portal.core.templatetags.portal import clock_time

CONTENT_TYPE = "text/calendar; charset=utf-8"
# How often a calendar may well ask. Google asks when it likes, about twice a day.
EVERY = timedelta(hours=4)
# A session whose end nobody gave; its text says so.
UNSAID = timedelta(hours=1)


def calendar(dates: Iterable[Dated], *, name: str) -> bytes:
    """A whole calendar to subscribe to."""
    made = _empty()
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", LONDON.key)
    made.add("url", f"{settings.PORTAL_ORIGIN}/calendar/")
    made.add("refresh-interval", vDuration(EVERY), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(EVERY))
    made.add("x-apple-calendar-color", "#5A2A86")
    return _filled(made, dates)


def file(one: Dated) -> bytes:
    """One date to put into a calendar by hand."""
    return _filled(_empty(), [one])


def _empty() -> Calendar:
    made = Calendar()
    made.add("prodid", f"-//{settings.PORTAL_NAME}//Calendar//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    return made


def _filled(made: Calendar, dates: Iterable[Dated]) -> bytes:
    dates = list(dates)
    if any(one.starts_at is not None for one in dates):
        made.add_component(london())
    for one in dates:
        made.add_component(_event(one))
    # Unsorted: METHOD and NAME stand before the events, in the order written here.
    return bytes(made.to_ical(sorted=False))


def london() -> Timezone:
    """Europe/London by its rule. A list of every change since 1970, as packages write it, is what Outlook
    on the web stumbles over: it shows nothing and doesn't say why.
    """
    zone = Timezone()
    zone.add("tzid", LONDON.key)
    zone.add("x-lic-location", LONDON.key)
    summer, winter = timedelta(hours=1), timedelta(0)
    for part, start, before, after, abbreviation, month in [
        (TimezoneDaylight(), datetime(1996, 3, 31, 1), winter, summer, "BST", 3),  # noqa: DTZ001 - wall clock
        (TimezoneStandard(), datetime(1996, 10, 27, 2), summer, winter, "GMT", 10),  # noqa: DTZ001 - as above
    ]:
        part.add("tzname", abbreviation)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("dtstart", start)
        part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday="-1SU"))
        zone.add_component(part)
    return zone


def _event(one: Dated) -> Event:
    event = Event()
    event.add("uid", f"{one.key}@{urlsplit(settings.PORTAL_ORIGIN).hostname}")
    # What is published has no other stamp than when it was last revised (RFC 5545, 3.8.7.2).
    event.add("dtstamp", one.changed_at)
    event.add("last-modified", one.changed_at)
    event.add("sequence", one.sequence)
    event.add("summary", _plain(summary(one)))
    start, end = _span(one)
    event.add("dtstart", start)
    event.add("dtend", end)
    if one.place or one.link:
        event.add("location", _plain(one.place or one.link))
    event.add("description", _plain(description(one)))
    event.add("url", settings.PORTAL_ORIGIN + one.url)
    event.add("categories", ["PSQM", *([one.round] if one.round else [])])
    event.add("status", "CANCELLED" if one.called_off else "CONFIRMED")
    is_free = one.starts_at is None or one.called_off
    # A deadline takes nobody's time; without this Outlook and Google show the whole day as busy.
    event.add("transp", "TRANSPARENT" if is_free else "OPAQUE")
    event.add("x-microsoft-cdo-busystatus", "FREE" if is_free else "BUSY")
    event.add("x-microsoft-cdo-alldayevent", "TRUE" if one.starts_at is None else "FALSE")
    return event


def _plain(text: str) -> str:
    """Without the control characters that iCalendar doesn't know; line ends are escaped by the package."""
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable())


def _span(one: Dated) -> tuple[date, date]:
    """Whole days end on the day after (DTEND isn't part of it any more)."""
    if one.starts_at is None:
        return one.day, one.day + timedelta(days=1)

    def at(hour: time) -> datetime:
        return datetime.combine(one.day, hour, tzinfo=LONDON)

    # Wall-clock arithmetic: an hour later on the clock on the wall.
    return at(one.starts_at), at(one.ends_at) if one.ends_at else at(one.starts_at) + UNSAID


def summary(one: Dated) -> str:
    """ "Due: Complete and upload your action plan (Ashbrook Primary School)"."""
    words = {Sort.DUE: f"Due: {one.title}", Sort.WINDOW: f"By today: {one.title}"}.get(one.sort, one.title)
    words = f"Called off: {words}" if one.called_off else words
    return f"{words} ({', '.join(one.about)})" if one.about else words


def description(one: Dated) -> str:
    """What stands under the title. The address is here too: Google and Outlook leave URL out."""
    lines = [one.round, "This was called off." if one.called_off else ""]
    if one.sort == Sort.DUE:
        lines.append(f"Due by the end of {long_day(one.day)}.")
    elif one.sort == Sort.WINDOW and one.opens_on and one.opens_on != one.day:
        lines.append(f"From {long_day(one.opens_on)} to {long_day(one.day)}.")
    if one.sort == Sort.DUE and one.opens_on and one.opens_on != one.day:
        lines.append(f"Opens on {long_day(one.opens_on)}.")
    if one.extended:
        lines.append("This is the school’s own date, later than the round’s.")
    if one.starts_at and not one.ends_at:
        lines.append(f"Starts at {clock_time(one.starts_at)}; the end isn’t set yet.")
    if one.link:
        lines.append(f"Join online: {one.link}")
    if one.note:
        lines.append(one.note)
    return "\n".join([line for line in lines if line] + ["", settings.PORTAL_ORIGIN + one.url])
