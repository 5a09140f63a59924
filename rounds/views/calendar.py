"""A person's calendar: its page, its secret address, and what programs get from that."""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from itertools import groupby
from math import ceil
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.calendars import Dated
from psqm_portal.core.clock import london_day, now
from rounds.calendar_forms import DatesFilterForm
from rounds.domain import feeds, ical
from rounds.domain.calendar import dates_of
from rounds.models import CalendarFeed
from rounds.views.access import SignedIn

PER_PAGE = 50


@require_safe
def calendar(request: SignedIn) -> HttpResponse:
    """What comes, by month, with what is over folded; on wide screens a month as a grid as well."""
    today = london_day(now())
    dates = dates_of(request.user, today=today)
    form = DatesFilterForm(request.GET or None, dates=dates)
    found = form.narrow(dates)
    past = [one for one in reversed(found) if one.day < today]
    shows_past = request.GET.get("show") == "past"
    listed = past if shows_past else [one for one in found if one.day >= today]
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "has_dates": bool(dates),
        "is_filtered": bool(form.chosen),
        "page": page,
        "by_month": _by_month(page),
        "shows_past": shows_past,
        "past_count": len(past),
        "past": [] if shows_past else _by_month(past[:PER_PAGE]),
        "today": today,
        "grid": _grid(found, _month_of(request, found, today), today),
        "has_address": CalendarFeed.objects.filter(user=request.user).exists(),
    }
    return render(request, "rounds/calendar.html", context)


def _by_month(dates: Iterable[Dated]) -> list[tuple[date, list[Dated]]]:
    return [(month, list(rows)) for month, rows in groupby(dates, key=lambda one: one.day.replace(day=1))]


@dataclass(frozen=True, slots=True)
class Day:
    """A square of the grid; ``dates`` None for a square of the month before or after."""

    day: date
    is_today: bool
    dates: list[Dated] | None


def _month_of(request: HttpRequest, dates: Iterable[Dated], today: date) -> date:
    """The month that was asked for ("2026-11"), else the first from now on in which there is something."""
    usual = next((one.day for one in dates if one.day >= today.replace(day=1)), today).replace(day=1)
    year, _, month = request.GET.get("month", "").partition("-")
    try:
        asked = date(int(year), int(month), 1)
    except ValueError:
        return usual
    # The calendar module can't lay out the very first and last years.
    return asked if abs(asked.year - today.year) <= 10 else usual


def _grid(dates: Iterable[Dated], month: date, today: date) -> dict[str, Any]:
    on: dict[date, list[Dated]] = {}
    for one in dates:
        on.setdefault(one.day, []).append(one)
    last = months.monthrange(month.year, month.month)[1]
    before = date.fromordinal(month.toordinal() - 1)
    after = date.fromordinal(month.toordinal() + last)
    weeks = [
        [Day(day, day == today, on.get(day, []) if day.month == month.month else None) for day in week]
        for week in months.Calendar(months.MONDAY).monthdatescalendar(month.year, month.month)
    ]
    return {
        "month": month,
        "weeks": weeks,
        "days": months.day_name,
        "before": f"{before:%Y-%m}",
        "after": f"{after:%Y-%m}",
        "this": "" if month == today.replace(day=1) else f"{today:%Y-%m}",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def address(request: SignedIn) -> HttpResponse:
    """The person's own secret address, and how each program takes it."""
    if request.method == "POST":
        feeds.make(request.user, now=now())
        messages.success(request, "Your calendar address is made. Put it into your calendar now.")
        return redirect("calendar_address")
    feed = CalendarFeed.objects.filter(user=request.user).first()
    context: dict[str, Any] = {"feed": feed}
    if feed is not None:
        url = feeds.address_of(feed)
        webcal = f"webcal://{url.split('://', 1)[1]}"
        context |= {
            "url": url,
            "webcal": webcal,
            "google": f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
            "outlook": f"https://outlook.office.com/calendar/0/addfromweb?url={quote(url, safe='')}"
            f"&name={quote(feeds.NAME)}",
        }
    return render(request, "rounds/calendar_address.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def address_renew(request: SignedIn) -> HttpResponse:
    if not CalendarFeed.objects.filter(user=request.user).exists():
        return redirect("calendar_address")
    if request.method == "POST":
        feeds.renew(request.user, now=now())
        messages.success(request, "You have a new address. The old one no longer works.")
        return redirect("calendar_address")
    return render(request, "rounds/calendar_change.html", {"action": "renew"})


@require_http_methods(["GET", "HEAD", "POST"])
def address_stop(request: SignedIn) -> HttpResponse:
    if request.method == "POST":
        if feeds.stop(request.user, now=now()):
            messages.success(request, "Your address no longer works.")
        return redirect("calendar_address")
    if not CalendarFeed.objects.filter(user=request.user).exists():
        return redirect("calendar_address")
    return render(request, "rounds/calendar_change.html", {"action": "stop"})


# Calendar programs have no session: the address itself is the right, and its person's rights count.
@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    moment = now()
    answer = feeds.ask(token, now=moment)
    if answer is None:
        raise Http404
    if isinstance(answer, feeds.TooOften):
        return HttpResponse(
            "Asked too often. Try again later.\n",
            content_type="text/plain; charset=utf-8",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            headers={
                "Retry-After": str(max(1, ceil((answer.again_at - moment).total_seconds()))),
                "Cache-Control": "private, no-store",
            },
        )
    response = HttpResponse(answer.body, content_type=ical.CONTENT_TYPE)
    response["ETag"] = answer.etag
    response["Last-Modified"] = http_date(answer.changed_at.timestamp())
    response["Content-Disposition"] = 'inline; filename="psqm-dates.ics"'
    # Kept by the program itself and asked about again each time; by nobody on the way.
    response["Cache-Control"] = "private, no-cache"
    # The address in a Referer would hand it on.
    response["Referrer-Policy"] = "no-referrer"
    return get_conditional_response(request, answer.etag, int(answer.changed_at.timestamp()), response)  # type: ignore[return-value]  # with a response it gives one
