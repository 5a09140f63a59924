"""The product's section 7 as a plain, slow model: who must have been reminded of what, day by day.

Written from these sentences and not from the engine, which it shares nothing with:

    28, 14, 7, 1 days before, on the day, and 3 and 10 days after to the school with the hub leader copied.
    Only to who still owes the step. A reminder is unique by milestone, submission (or hub), person, due date
    and offset; of several offsets passed at once (missed days) only the newest goes and the others are
    recorded as skipped; a moved date starts anew; none goes for an offset that passed before the enrolment.
    One mail a day per person holds all that is due. HQ pauses, keeps no-send days.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

OFFSETS = (-28, -14, -7, -1, 0, 3, 10)


@dataclass(frozen=True)
class Owes:
    """One step that is owed on one day: at which milestone, about what, by whom."""

    milestone: int
    subject: str
    due_on: date
    since: date
    people: tuple[int, ...]
    copied: tuple[int, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Line:
    """One reminder of one person, once."""

    milestone: int
    subject: str
    person: int
    due_on: date
    offset: int
    is_copy: bool


@dataclass
class Oracle:
    """Ask :meth:`day` once for each day on which the engine was asked, with what was owed then."""

    sent: dict[Line, date] = field(default_factory=dict)
    skipped: dict[Line, date] = field(default_factory=dict)
    mails: dict[tuple[int, date], list[Line]] = field(default_factory=dict)
    over: set[date] = field(default_factory=set)

    def day(
        self, today: date, owed: Iterable[Owes], *, is_held_back: bool = False, silent: Iterable[int] = ()
    ) -> None:
        """``silent``: people with a closed account or an address that mail comes back from."""
        if is_held_back or today in self.over:
            return
        self.over.add(today)
        for one in owed:
            for person in one.people:
                if person not in silent:
                    self._remind(today, one, person, is_copy=False)
            for person in one.copied:
                if person not in silent and person not in one.people:
                    self._remind(today, one, person, is_copy=True)

    def _remind(self, today: date, one: Owes, person: int, *, is_copy: bool) -> None:
        passed = []
        for offset in OFFSETS:
            day = one.due_on + timedelta(days=offset)
            if day < one.since or day > today:
                continue
            passed.append(Line(one.milestone, one.subject, person, one.due_on, offset, is_copy))
        if not passed or passed[-1] in self.sent:
            return
        for line in passed[:-1]:
            if line not in self.sent and line not in self.skipped:
                self.skipped[line] = today
        self.sent[passed[-1]] = today
        self.mails.setdefault((person, today), []).append(passed[-1])
