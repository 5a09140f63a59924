"""The log for HQ admins: who did what, when, to what. Read only; downloading it is a line of it too."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from psqm_portal.board.forms import LogForm
from psqm_portal.board.log import search
from psqm_portal.board.log.names import lines
from psqm_portal.core.clock import london_day
from psqm_portal.core.csv import csv_response
from psqm_portal.core.models import LogEntry
from psqm_portal.core.templatetags.portal import long_date

MOST_DOWNLOADED = 100_000
HEADER = ("When (UTC)", "What", "Action", "By", "By (id)", "About", "About (id)", "More")


@require_safe
@permission_required("board.see_log", raise_exception=True)
def log(request: HttpRequest) -> HttpResponse:
    form = LogForm(request.GET or None)
    rows = form.rows() if form.is_bound and form.is_valid() else None
    if not form.is_bound:
        rows = search.find()
    context: dict[str, Any] = {"form": form, "most": MOST_DOWNLOADED}
    if rows is not None:
        page = search.page(rows, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
        count = search.count(rows)
        context |= {
            "page": page,
            "days": _by_day(page.rows),
            "count": min(count, search.MOST_COUNTED),
            "is_more": count > search.MOST_COUNTED,
            "download": f"{reverse('log_download')}?{urlencode(_asked(request))}",
        }
    return render(request, "board/log.html", context)


@require_safe
@permission_required("board.see_log", raise_exception=True)
def log_download(request: HttpRequest) -> HttpResponseBase:
    """The same lines as the page shows, as many as fit a spreadsheet; the log says who took it."""
    form = LogForm(request.GET)
    rows = form.rows() if form.is_valid() else None
    if rows is None:
        return redirect(f"{reverse('log')}?{urlencode(_asked(request))}")
    return csv_response("log.csv", HEADER, _csv_rows(rows))


def _asked(request: HttpRequest) -> list[tuple[str, str]]:
    given = ((name, request.GET.get(name, "")) for name in request.GET if name not in {"before", "after"})
    return [(name, value) for name, value in given if value]


def _by_day(rows: list[LogEntry]) -> list[tuple[str, list[Any]]]:
    days: dict[str, list[Any]] = {}
    for line in lines(rows):
        days.setdefault(long_date(london_day(line.entry.at)), []).append(line)
    return list(days.items())


def _csv_rows(rows: Any) -> Iterator[tuple[Any, ...]]:
    for piece in search.in_pieces(rows, most=MOST_DOWNLOADED):
        for line in lines(piece):
            entry = line.entry
            yield (
                entry.at.astimezone(UTC).isoformat(timespec="seconds"),
                line.what,
                entry.action,
                line.by if entry.by_id else "",
                entry.by_id,
                line.about.label if line.about else "",
                entry.about,
                line.detail,
            )
