"""A year as a chart: months across, a bar for each step, a line for today. Drawn on the server, as shares
of the width, so that the same drawing fits any page; the table beside it says the same in words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from psqm_portal.core.templatetags.portal import MONTHS, short_date
from rounds.domain.dates import Dates


@dataclass(frozen=True, slots=True)
class Month:
    """Where a month begins, in hundredths of the width; ``year`` at the first one and at each January."""

    at: str
    middle: str
    name: str
    letter: str
    year: str


@dataclass(frozen=True, slots=True)
class Bar:
    """``state``: ``done``, ``now`` or ``next``; drawn hatched, full and hollow."""

    label: str
    when: str
    at: str
    width: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Chart:
    months: list[Month]
    bars: list[Bar]
    today: str | None  # None: today lies outside
    today_words: str
    span: str


WORDS = {"done": "over", "now": "running now", "next": "to come"}


def draw(rows: Iterable[Dates], *, today: date, among: Iterable[Dates] | None = None) -> Chart | None:
    """None where there is nothing to draw. ``among``: all steps on the page, so that its charts align."""
    ordered = sorted(rows, key=lambda row: (row.opens_on, row.due_on, row.key))
    if not ordered:
        return None
    spanned = ordered if among is None else list(among)
    first = min(row.opens_on for row in spanned).replace(day=1)
    after = _next_month(max(row.due_on for row in spanned))
    days = (after - first).days

    def at(day: date) -> str:
        return f"{100 * (day - first).days / days:.2f}"

    def bar(row: Dates) -> Bar:
        state = "done" if row.due_on < today else "now" if row.opens_on <= today else "next"
        length = (row.due_on - row.opens_on).days + 1
        when = f"{short_date(row.opens_on)} to {short_date(row.due_on)}"
        return Bar(row.label, when, at(row.opens_on), f"{100 * length / days:.2f}", state, WORDS[state])

    last = after - timedelta(days=1)
    return Chart(
        months=_months(first, after, days),
        bars=[bar(row) for row in ordered],
        today=at(today) if first <= today <= last else None,
        today_words=short_date(today),
        span=f"{MONTHS[first.month - 1]} {first.year} to {MONTHS[last.month - 1]} {last.year}",
    )


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _months(first: date, after: date, days: int) -> list[Month]:
    starts: Sequence[date] = [first]
    while (following := _next_month(starts[-1])) < after:
        starts = [*starts, following]
    found = []
    for start in starts:
        end = _next_month(start)
        middle = (start - first).days + (end - start).days / 2
        found.append(
            Month(
                at=f"{100 * (start - first).days / days:.2f}",
                middle=f"{100 * middle / days:.2f}",
                name=MONTHS[start.month - 1][:3],
                letter=MONTHS[start.month - 1][0],
                year=str(start.year) if start == first or start.month == 1 else "",
            )
        )
    return found
