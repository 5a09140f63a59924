"""The clock's edge: the only place that reads it, and what a day of the scheme is.

The scheme's dates are whole days in Europe/London; instants are stored in UTC. Domain functions take
``now`` as an argument: views, commands and tasks call :func:`now` once and hand it on.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    return timezone.now()


def london_day(instant: datetime) -> date:
    return instant.astimezone(LONDON).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=LONDON)


def end_of(day: date) -> datetime:
    """The first instant after ``day``: a deadline holds while ``instant < end_of(day)``."""
    return start_of(day + timedelta(days=1))


def comes_twice(local: datetime) -> bool:
    """Whether London's clocks show this time twice, in the night they go back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def long_day(day: date | datetime) -> str:
    """ "Friday 30 October 2026", of an instant its London day."""
    if isinstance(day, datetime):
        day = london_day(day)
    return f"{day:%A} {day.day} {day:%B %Y}"
