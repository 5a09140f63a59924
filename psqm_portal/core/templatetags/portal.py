"""Filters and tags every template may use without loading them (a builtin library in settings).

They are plain string building: a page of 50 rows calls them hundreds of times.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from crispy_forms.utils import render_crispy_form
from django import template
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template import Context
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from psqm_portal.core import clock
from psqm_portal.core.fields_html import first_id, render_field
from psqm_portal.core.pictures import ICONS, ILLUSTRATIONS, MEDALS
from psqm_portal.core.text import count_words
from psqm_portal.core.text import formatted as as_formatted

register = template.Library()

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def london_day(value: date | datetime) -> date:
    """The day in Europe/London: an instant is converted, a date is taken as it is."""
    if isinstance(value, datetime):
        return clock.london_day(value)
    return value


def _today() -> date:
    return clock.london_day(clock.now())


# Dates and times ---------------------------------------------------------------------------------


@register.filter
def long_date(value: date | datetime | None) -> str:
    """``Friday 30 October 2026``"""
    if not value:
        return ""
    day = london_day(value)
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


@register.filter
def short_date(value: date | datetime | None) -> str:
    """``30 Oct 2026``, for tables only."""
    if not value:
        return ""
    day = london_day(value)
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


@register.filter
def month_and_year(value: date | datetime | None) -> str:
    """``October 2026``"""
    if not value:
        return ""
    day = london_day(value)
    return f"{MONTHS[day.month - 1]} {day.year}"


@register.filter
def clock_time(value: datetime | time | None) -> str:
    """``4.05pm``, ``9am``, ``midday``, in London. A bare time is London's already.

    The hour that comes twice when the clocks go back says which it is: ``1.30am BST``, ``1.30am GMT``.
    """
    if value is None or value == "":
        return ""
    local = value.astimezone(clock.LONDON) if isinstance(value, datetime) else value
    if local.hour == 1 and isinstance(local, datetime) and clock.comes_twice(local):
        minutes = f".{local.minute:02}" if local.minute else ""
        return f"1{minutes}am {local.tzname()}"
    if local.minute == 0 and local.hour in (0, 12):
        return "midday" if local.hour else "midnight"
    minutes = f".{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


@register.filter
def long_datetime(value: datetime | None) -> str:
    """``Friday 30 October 2026 at 4.05pm``"""
    return f"{long_date(value)} at {clock_time(value)}" if value else ""


@register.filter
def short_datetime(value: datetime | None) -> str:
    """``30 Oct 2026, 4.05pm``, for tables only."""
    return f"{short_date(value)}, {clock_time(value)}" if value else ""


@register.filter
def days_from(value: date | datetime | None, today: date | datetime | None = None) -> str:
    """How far a due day is: ``in 5 days``, ``tomorrow``, ``today``, ``3 days late``."""
    if not value:
        return ""
    days = (london_day(value) - (london_day(today) if today else _today())).days
    if days < 0:
        return "1 day late" if days == -1 else f"{-days} days late"
    return ("today", "tomorrow")[days] if days < 2 else f"in {days} days"


@register.filter
def days_ago(value: date | datetime | None, today: date | datetime | None = None) -> str:
    """How long ago something happened, or how far off it is; never "late"."""
    if not value:
        return ""
    days = ((london_day(today) if today else _today()) - london_day(value)).days
    if days < 0:
        return "tomorrow" if days == -1 else f"in {-days} days"
    return ("today", "yesterday")[days] if days < 2 else f"{days} days ago"


@register.simple_tag
def due_date(
    value: date | datetime | None, today: date | datetime | None = None, *, done: bool = False
) -> str:
    """The long date with "in 5 days" or "3 days late" beside it. ``done``: the date alone."""
    if not value:
        return ""
    day = london_day(value)
    whole = format_html('<time datetime="{}">{}</time>', day.isoformat(), long_date(day))
    if done:
        return whole
    days = (day - (london_day(today) if today else _today())).days
    kind = "late" if days < 0 else "soon" if days <= 7 else "later"
    return format_html('{} <span class="app-days app-days--{}">{}</span>', whole, kind, days_from(day, today))


# Numbers, words, text ----------------------------------------------------------------------------


@register.filter
def money(value: Decimal | int | None) -> str:
    """``£1,250.00``, ``−£50.00``. Nothing for None: an unset amount is not nought."""
    if value is None or value == "":
        return ""
    amount = Decimal(value)
    return f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}"


@register.filter
def thousands(value: int | None) -> str:
    """``5,800``"""
    return "" if value is None or value == "" else f"{int(value):,}"


@register.filter
def counted(value: Any, words: str = "item") -> str:
    """``{{ n|counted:"school" }}`` → ``1 school``, ``12 schools``; ``"reply,replies"`` for odd plurals.

    Takes a number or anything with a length.
    """
    number = len(value) if hasattr(value, "__len__") and not isinstance(value, str) else int(value or 0)
    one, _, many = words.partition(",")
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@register.filter
def and_list(values: Iterable[Any] | None) -> str:
    """``Ann Lee, Bo Dunn and Cat Hill``"""
    words = [str(value) for value in values or ()]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


@register.filter
def percent_of(value: float | None, whole: float | None) -> int:
    """A whole percentage, 0 where there is nothing to divide by."""
    return round(100 * (value or 0) / whole) if whole else 0


@register.filter
def file_size(value: int | None) -> str:
    """``34 KB``, ``1.2 MB``"""
    size = int(value or 0)
    if size < 1024:
        return f"{size} bytes" if size != 1 else "1 byte"
    if size < 1024 * 1024:
        return f"{round(size / 1024)} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".0 MB", " MB")


_BLANK_LINES = re.compile(r"\n\s*\n+")


@register.filter
def paragraphs(value: str | None) -> SafeString:
    """Text that people typed, as paragraphs and line breaks. Everything in it is escaped (S22)."""
    text = str(value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return SafeString("")
    blocks = (escape(block).replace("\n", "<br>") for block in _BLANK_LINES.split(text))
    return mark_safe("".join(f'<p class="govuk-body">{block}</p>' for block in blocks))  # noqa: S308 - escaped above


@register.filter
def formatted(value: str | None) -> SafeString:
    """A text of the school's work: paragraphs, lists, bold, italics, nothing else (``core.text``)."""
    return as_formatted(value)


@register.filter
def word_count(value: str | None) -> int:
    """Counted as beside the text box: runs without white space, marks of lists left out."""
    return count_words(str(value or ""))


# Marks: status, level, icon, picture --------------------------------------------------------------

# The same few marks stand on every page, so they are kept. ``typed``: safe text isn't the same unsafe.

# status → (word, kind). The kind gives colour and shape together, so neither stands alone.
STATUSES: dict[str, tuple[str, str]] = {
    # a submission
    "enrolled": ("Working on it", "going"),
    "with_hub": ("With the hub leader", "waiting"),
    "submitted": ("Submitted", "good"),
    "in_review": ("In review", "waiting"),
    "reviewed": ("Reviewed", "good"),
    "decided": ("Decided", "good"),
    "notified": ("Result released", "done"),
    "not_submitted": ("Not submitted", "wrong"),
    "withdrawn": ("Withdrawn", "off"),
    "deferred": ("Deferred", "off"),
    # a part
    "not_started": ("Not started", "todo"),
    "draft": ("Draft", "going"),
    "sent": ("Sent", "waiting"),
    "returned": ("Returned", "look"),
    "signed_off": ("Signed off", "done"),
    "approved": ("Approved", "done"),
    # the rest
    "open": ("Open", "going"),
    "closed": ("Closed", "off"),
    "cannot_start": ("Can't start yet", "off"),
    "invited": ("Invited", "waiting"),
    "registered": ("Registered", "going"),
    "applied": ("Applied", "waiting"),
    "accepted": ("Accepted", "good"),
    "declined": ("Declined", "off"),
    "active": ("Active", "good"),
    "issued": ("Issued", "waiting"),
    "part_paid": ("Part paid", "look"),
    "paid": ("Paid", "done"),
    "overdue": ("Overdue", "late"),
    "late": ("Late", "late"),
    "credited": ("Credited", "off"),
    "queued": ("Waiting to go", "waiting"),
    "running": ("Running", "going"),
    "failed": ("Failed", "wrong"),
    "valid": ("Valid", "good"),
    "expired": ("Expired", "off"),
    "superseded": ("Superseded", "off"),
    "revoked": ("Revoked", "wrong"),
    "complete": ("Complete", "done"),
    "done": ("Done", "done"),
    # an audit's ratings, a plan's progress
    "not_yet": ("Not yet", "todo"),
    "developing": ("Developing", "going"),
    "established": ("Established", "good"),
    "embedded": ("Embedded", "done"),
    "red": ("Red", "wrong"),
    "amber": ("Amber", "look"),
    "green": ("Green", "good"),
    "not_met": ("Not met", "wrong"),
    "met": ("Met", "good"),
    "strongly_met": ("Strongly met", "done"),
}
KIND_SHAPES = {
    "todo": "circle",
    "going": "half",
    "waiting": "clock",
    "good": "tick",
    "done": "tick-disc",
    "look": "return",
    "late": "alert",
    "wrong": "cross",
    "off": "dash",
}


@register.simple_tag
@lru_cache(maxsize=200, typed=True)
def icon(name: str, css_class: str = "") -> SafeString:
    """A small line drawing beside a word; hidden from screen readers, coloured as the text is."""
    return format_html(
        '<svg class="app-icon {}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" '
        'focusable="false">{}</svg>',
        css_class,
        mark_safe(ICONS.get(name, "")),  # noqa: S308 - our own drawings
    )


@register.simple_tag
def status_tag(status: Any, label: Any = "", kind: str = "") -> SafeString:
    """A word with a shape. ``kind`` overrides the look, one of ``KIND_SHAPES``."""
    return _status_tag(str(status), str(label), kind)


@lru_cache(maxsize=500, typed=True)
def _status_tag(status: str, label: str, kind: str) -> SafeString:
    word, own_kind = STATUSES.get(status, (status.replace("_", " ").capitalize(), "todo"))
    kind = kind or own_kind
    return format_html(
        '<strong class="app-status app-status--{}">{}{}</strong>',
        kind,
        icon(KIND_SHAPES.get(kind, "circle")),
        label or word,
    )


@register.simple_tag
def level_medal(level: Any, label: Any = "") -> SafeString:
    """The level's name with its small medal. Takes a level, its name, or nothing ("No level yet")."""
    return _level_medal(str(level or ""), str(label or level or ""))


@lru_cache(maxsize=100, typed=True)
def _level_medal(level: str, name: str) -> SafeString:
    if not name:
        return SafeString('<span class="app-muted">No level yet</span>')
    drawing = MEDALS.get(level.strip().lower().split(" ")[0], MEDALS["other"])
    return format_html(
        '<span class="app-level">{}{}</span>',
        mark_safe(drawing),  # noqa: S308 - our own drawings
        name,
    )


@register.simple_tag
def illustration(name: str, css_class: str = "") -> SafeString:
    """One of our drawings (beaker, magnifier, leaf, magnet), always decorative."""
    return format_html(
        '<svg class="app-illustration {}" viewBox="0 0 160 160" width="160" height="160" aria-hidden="true" '
        'focusable="false">{}</svg>',
        css_class,
        mark_safe(ILLUSTRATIONS.get(name, "")),  # noqa: S308 - our own drawings
    )


# For components and lists -------------------------------------------------------------------------


@register.filter
def html_attributes(attrs: Any) -> SafeString:
    """A component's left-over attributes, escaped (cotton's own ``{{ attrs }}`` doesn't escape)."""
    values: Mapping[str, Any] = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else attrs or {}
    return mark_safe(  # noqa: S308 - names come from our templates, values are escaped
        " ".join(
            name if value is True else f'{name}="{conditional_escape(value)}"'
            for name, value in values.items()
            if value is not False and value is not None
        )
    )


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """This page's query with some parameters changed (None takes one out): ``?stage=late&page=2``."""
    request = context.get("request")
    query = request.GET.copy() if request else None
    if query is None:
        return ""
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode() if query else "?"


@register.simple_tag(takes_context=True)
def sort_header(context: Context, field: str, label: str, css_class: str = "") -> SafeString:
    """A table's head cell that sorts by a link (``?sort=name``, ``?sort=-name``); works without scripts."""
    request = context.get("request")
    current = request.GET.get("sort", "") if request else ""
    state = "ascending" if current == field else "descending" if current == f"-{field}" else "none"
    link = query_with(context, sort=f"-{field}" if state == "ascending" else field, page=None)
    return format_html(
        '<th scope="col" class="govuk-table__header {}" aria-sort="{}">'
        '<a class="app-sort" href="{}">{}{}</a></th>',
        css_class,
        state,
        link,
        label,
        icon({"ascending": "up", "descending": "down"}.get(state, "updown")),
    )


@register.filter
def page_numbers(page: Any) -> list[int | None]:
    """Page numbers to show around a Django page, with None where some are left out."""
    last = page.paginator.num_pages
    near = {1, 2, last - 1, last, page.number - 1, page.number, page.number + 1}
    shown = [number for number in range(1, last + 1) if number in near or last <= 7]
    numbers: list[int | None] = []
    for number in shown:
        if numbers and number != (numbers[-1] or 0) + 1:
            numbers.append(None)
        numbers.append(number)
    return numbers


# Forms ---------------------------------------------------------------------------------------------


@register.simple_tag
def govuk_field(field: BoundField, **options: Any) -> SafeString:
    """One field of a form, with everything around it: ``{% govuk_field form.name width=20 %}``."""
    return render_field(field, **options)


@register.simple_tag
def portal_form(form: BaseForm) -> SafeString:
    """All fields of any form, no <form> tag; a form with a crispy layout is laid out by crispy."""
    helper = getattr(form, "helper", None)
    if helper is not None and helper.layout is not None:
        return mark_safe(render_crispy_form(form, helper))  # noqa: S308 - crispy renders templates
    return mark_safe("".join(render_field(field) for field in form))  # noqa: S308 - rendered by templates


@register.simple_tag
def error_list(form: BaseForm | None, forms: Iterable[BaseForm] | None = ()) -> list[dict[str, Any]]:
    """What an error summary lists: the text and the id of the control it is about."""
    problems: list[dict[str, Any]] = []
    for one in [form, *(forms or ())]:
        if one is None or not one.errors:
            continue
        visible = one.visible_fields()
        start = first_id(visible[0]) if visible else ""
        problems += [{"text": text, "id": start} for text in one.non_field_errors()]
        for field in one:
            known = "" if field.is_hidden else first_id(field)
            problems += [{"text": text, "id": known} for text in field.errors]
    return problems


@register.simple_tag
def bar_chart(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each row with its bar's width, in hundredths of the longest one's."""
    all_rows = list(rows or ())
    longest = max((float(row["value"] or 0) for row in all_rows), default=0)
    return [{**row, "width": percent_of(float(row["value"] or 0), longest)} for row in all_rows]
