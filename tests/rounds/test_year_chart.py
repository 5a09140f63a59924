"""The year as a chart: where bars, months and today lie, in hundredths of the width."""

from datetime import date

from rounds.domain.dates import Dates
from rounds.pages.year_chart import draw


def row(key: int, opens_on: date, due_on: date) -> Dates:
    return Dates(key, "audit", "school", f"Step {key}", opens_on, due_on)


YEAR = [
    row(1, date(2026, 10, 1), date(2026, 10, 31)),
    row(2, date(2026, 9, 10), date(2026, 9, 10)),
    row(3, date(2026, 12, 1), date(2027, 1, 31)),
]


def test_months_run_from_the_first_step_to_the_last() -> None:
    chart = draw(YEAR, today=date(2026, 10, 15))
    assert chart is not None
    assert [(one.name, one.year) for one in chart.months] == [
        ("Sep", "2026"), ("Oct", ""), ("Nov", ""), ("Dec", ""), ("Jan", "2027"),
    ]  # fmt: skip
    assert chart.span == "September 2026 to January 2027"
    # 153 days; October begins after 30 of them.
    assert chart.months[1].at == f"{100 * 30 / 153:.2f}"


def test_bars_are_in_order_of_their_opening_and_whole_days_long() -> None:
    chart = draw(YEAR, today=date(2026, 10, 31))
    assert chart is not None
    assert [(one.label, one.state, one.word) for one in chart.bars] == [
        ("Step 2", "done", "over"), ("Step 1", "now", "running now"), ("Step 3", "next", "to come"),
    ]  # fmt: skip
    assert chart.bars[0].width == f"{100 / 153:.2f}"
    assert (chart.bars[1].at, chart.bars[1].width) == (f"{100 * 30 / 153:.2f}", f"{100 * 31 / 153:.2f}")
    assert chart.bars[2].when == "1 Dec 2026 to 31 Jan 2027"


def test_today_has_a_line_only_within_the_year() -> None:
    inside, outside = draw(YEAR, today=date(2026, 9, 1)), draw(YEAR, today=date(2027, 2, 1))
    assert inside is not None
    assert outside is not None
    assert (inside.today, inside.today_words) == ("0.00", "1 Sep 2026")
    assert outside.today is None


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], today=date(2026, 9, 1)) is None
