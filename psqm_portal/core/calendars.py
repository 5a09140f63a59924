"""What stands in a person's calendar: later apps fill this in their ``AppConfig.ready``.

The calendar's page and its feed ask ``calendar_sources``, so that they can't disagree.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


class Sort(StrEnum):
    """What a date in a calendar is: a step due by its end, a time in which something happens, a meeting."""

    DUE = "due"
    WINDOW = "window"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Dated:
    """One date in somebody's calendar, with no right beyond what its person may read on the portal's pages.

    ``key`` stays the same when the date moves ("submission-1042-audit"): calendars know it by this.
    ``changed_at`` and ``sequence`` (how often it moved) tell them that it is another. ``about`` names schools
    and hubs it is for; ``link`` is where it is held online. ``own`` is False for a date of people whom this
    person looks after. Times: London's.
    """

    key: str
    title: str
    day: date
    url: str
    changed_at: datetime
    sequence: int = 0
    sort: Sort = Sort.DUE
    round: str = ""
    about: tuple[str, ...] = ()
    own: bool = True
    opens_on: date | None = None
    extended: bool = False
    starts_at: time | None = None
    ends_at: time | None = None
    place: str = ""
    note: str = ""
    file_url: str = ""
    link: str = ""
    called_off: bool = False


# (user) -> what is in that person's calendar by the rights of this moment. Constant queries, always.
CalendarSource = Callable[["User"], Iterable[Dated]]

calendar_sources: list[CalendarSource] = []


def calendar_source(asks: CalendarSource) -> CalendarSource:
    if asks not in calendar_sources:
        calendar_sources.append(asks)
    return asks
