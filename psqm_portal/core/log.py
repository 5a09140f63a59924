"""The log: who did what, when. Rows are written once, and the database refuses to change them (S33).

``write`` is called in the transaction of what it tells of, so neither stands without the other; what is
refused is written outside one (a failed sign-in, a denial). Each move of a machine and each change of a
setting comes here by itself, with its row of the history.

An ``action`` is "<thing>.<what>" in small letters ("submission.submit", "session.failed"); ``about`` is
"<thing>:<id>" or empty; ``detail`` holds ids and the field's own words. None of them ever holds a name, an
address or a text that somebody typed.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psqm_portal.core import events
from psqm_portal.core.models import LogEntry

if TYPE_CHECKING:
    from accounts.models import User

_ACTION = re.compile(r"(?=.{,60}$)[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_ABOUT = re.compile(r"(?=.{,60}$)(?:[a-z][a-z_]*:\d+)?")


def entry(
    action: str, *, by: "User | int | None", now: datetime, about: str = "", detail: str = ""
) -> LogEntry:
    """A row not yet written, for who writes several at once with :func:`write_many`."""
    if not (_ACTION.fullmatch(action) and _ABOUT.fullmatch(about) and _only_own_words(detail)):
        raise ValueError(f"Not for the log: {action!r}, {about!r}, {detail!r}")
    by_id = by if isinstance(by, int) or by is None else by.pk
    return LogEntry(at=now, action=action, by_id=by_id, about=about, detail=detail[:200])


def write(
    action: str, *, by: "User | int | None", now: datetime, about: str = "", detail: str = ""
) -> LogEntry:
    """Write one row. ``by`` None: the clock, or somebody who isn't signed in."""
    row = entry(action, by=by, now=now, about=about, detail=detail)
    row.save(force_insert=True)
    return row


def write_many(rows: Iterable[LogEntry]) -> None:
    LogEntry.objects.bulk_create(rows, batch_size=1000)


def follow(*names: str) -> None:
    """Let events be lines of the log where there is no history: "invitation.made" about "invitation:7"."""
    for name in names:
        _follow(name)


def _follow(name: str) -> None:
    @events.on(name)
    def tell(subject: Any, occasion: Any) -> None:
        thing = name.split(".", maxsplit=1)[0]
        write(name, by=occasion.by, now=occasion.now, about=f"{thing}:{subject.pk}")


def _only_own_words(detail: str) -> bool:
    """An address gives itself away; a name can't be told, so that callers have to see to it."""
    return "@" not in detail and "\n" not in detail
