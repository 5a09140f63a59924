from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from psqm_portal.core.templatetags import portal

FRIDAY = date(2026, 10, 30)


def test_dates_are_london_days() -> None:
    assert portal.long_date(FRIDAY) == "Friday 30 October 2026"
    assert portal.long_date(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "Thursday 2 July 2026"
    assert (
        portal.long_datetime(datetime(2026, 10, 30, 16, 5, tzinfo=UTC)) == "Friday 30 October 2026 at 4.05pm"
    )
    assert portal.short_date(None) == portal.long_date(None) == ""


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"),
        (0, 5, "12.05am"),
        (9, 0, "9am"),
        (12, 0, "midday"),
        (12, 30, "12.30pm"),
        (23, 59, "11.59pm"),
    ],
)
def test_clock_time(hour: int, minute: int, said: str) -> None:
    assert portal.clock_time(datetime(2026, 1, 5, hour, minute, tzinfo=UTC)) == said


@pytest.mark.parametrize(
    ("due", "said"),
    [(4, "in 5 days"), (0, "tomorrow"), (-1, "today"), (-2, "1 day late"), (-4, "3 days late")],
)
def test_days_from(due: int, said: str) -> None:
    today = FRIDAY
    assert portal.days_from(date.fromordinal(today.toordinal() + due + 1), today) == said


def test_due_date_says_how_late_until_it_is_done() -> None:
    assert "3 days late" in portal.due_date(date(2026, 10, 27), FRIDAY)
    assert "late" not in portal.due_date(date(2026, 10, 27), FRIDAY, done=True)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(Decimal(1250), "£1,250.00"), (Decimal("-50.5"), "−£50.50"), (0, "£0.00"), (None, "")],
)
def test_money(amount: Decimal | None, said: str) -> None:
    assert portal.money(amount) == said


def test_counted_and_lists() -> None:
    assert portal.counted(1, "school") == "1 school"
    assert portal.counted(5800, "award") == "5,800 awards"
    assert portal.counted([1, 2], "reply,replies") == "2 replies"
    assert portal.and_list(["Ann", "Bo", "Cat"]) == "Ann, Bo and Cat"
    assert portal.file_size(1_258_291) == "1.2 MB"


def test_what_people_type_is_never_html() -> None:
    shown = portal.paragraphs("<script>alert(1)</script>\r\nline\n\nnext & last")
    assert "<script>" not in shown
    assert shown.count("<p ") == 2
    assert "&lt;br&gt;" not in shown
    assert "<br>line" in shown


@pytest.mark.parametrize(
    "template",
    [
        "{% status_tag evil %}",
        '{% status_tag "sent" evil %}',
        "{% level_medal evil %}",
        '{% sort_header "name" evil %}',
    ],
)
def test_tags_escape(template: str) -> None:
    request = RequestFactory().get("/", {"sort": '"><script>'})
    shown = Template(template).render(Context({"evil": "<script>alert(1)</script>", "request": request}))
    assert "<script>" not in shown


def test_s22_a_mark_kept_for_a_safe_text_is_not_shown_for_the_same_text_unsafe() -> None:
    for mark in (portal.status_tag, portal.level_medal):
        assert "<b>3</b>" in mark("sent", mark_safe("<b>3</b>"))
        assert "&lt;b&gt;3" in mark("sent", "<b>3</b>")


def test_query_with_keeps_and_changes() -> None:
    request = RequestFactory().get("/", {"stage": "late", "page": "3"})
    shown = Template("{% query_with page=2 %}{% query_with page=None stage='' %}").render(
        Context({"request": request})
    )
    assert shown == "?stage=late&amp;page=2?"
