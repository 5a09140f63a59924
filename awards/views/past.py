"""HQ's import of past awards."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from rules.contrib.views import permission_required

from accounts.models import User
from awards.domain import past as verbs
from awards.domain.past_judging import Finding
from awards.forms.past import ColumnsForm, PastUploadForm, WordsForm
from awards.models import PastImport, PastRow
from awards.pages import past as pages
from awards.views.shared import ROWS, posted
from psqm_portal.core.clock import now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused
from schools.models import School
from schools.search import LIMIT, find

_allowed = permission_required("awards.run", raise_exception=True)


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_awards(request: HttpRequest) -> HttpResponse:
    form = PastUploadForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            past = verbs.ask(given["file"], sheet=given["sheet"], by=_person(request), now=now())
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("past_columns" if past.status == "naming" else "past_import", pk=past.pk)
    imports = PastImport.objects.select_related("asked_by")
    page = Paginator(imports, ROWS).get_page(request.GET.get("page"))
    return render(request, "awards/past/imports.html", {"form": form, "page": page})


@_allowed
@require_safe
def past_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress, then the report. htmx gets the progress alone, and the whole page when it ended."""
    past = get_object_or_404(PastImport.objects.select_related("asked_by", "agreed_by"), pk=pk)
    progress = pages.progress(past)
    if request.headers.get("HX-Request"):
        answer = render(request, "awards/past/_progress.html", {"past": past, "progress": progress})
        if progress is None:
            answer["HX-Refresh"] = "true"
        return answer
    awards = past.awards.count() if progress is None else 0
    is_open = past.status in verbs.OPEN
    context = {
        "past": past,
        "progress": progress,
        "figures": pages.figures(past) if past.counts else [],
        "awards": awards,
        "ready": pages.ready_count(past) if is_open else 0,
        "open_rows": sum(past.counts.get(finding, 0) for finding in pages.NOT_WRITTEN),
        "is_open": is_open,
        "may_name": bool(past.key) and past.status in {"naming", "read"} and not awards,
        "may_drop": past.status in {*verbs.UNREAD, "read"} and not awards,
        "may_undo": is_open and bool(awards),
    }
    return render(request, "awards/past/import.html", context)


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_columns(request: HttpRequest, pk: int) -> HttpResponse:
    past = get_object_or_404(PastImport, pk=pk)
    form = ColumnsForm(posted(request), past=past)
    if request.method == "POST" and form.is_valid():
        columns = form.columns()
        return _done(request, past, lambda: verbs.name_columns(past, columns, by=_person(request), now=now()))
    if request.method != "POST" and (past.status not in {"naming", "read"} or not past.key):
        return redirect("past_import", pk=pk)
    return render(request, "awards/past/columns.html", {"past": past, "form": form})


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_words(request: HttpRequest, pk: int) -> HttpResponse:
    past = get_object_or_404(PastImport, pk=pk)
    form = WordsForm(posted(request), words=pages.words_of(past))
    if request.method == "POST" and form.is_valid():
        words = form.named()
        return _done(request, past, lambda: verbs.name_words(past, words, by=_person(request), now=now()))
    return render(request, "awards/past/words.html", {"past": past, "form": form})


@_allowed
@require_safe
def past_rows(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    past = get_object_or_404(PastImport, pk=pk)
    if kind not in pages.KINDS:
        raise Http404
    page = Paginator(pages.rows_of(past, kind), ROWS).get_page(request.GET.get("page"))
    context = {
        "past": past,
        "kind": kind,
        "words": pages.KINDS[kind],
        "page": page,
        "may_change": past.status in verbs.OPEN and kind not in {"broken", "written"},
    }
    return render(request, "awards/past/rows.html", context)


@_allowed
@require_safe
def past_rows_csv(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    past = get_object_or_404(PastImport, pk=pk)
    if kind not in {*pages.KINDS, pages.OPEN}:
        raise Http404
    return csv_response(f"past-awards-{kind}.csv", pages.HEADER, pages.csv_rows(past, kind))


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_row(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """One line: what it says, the schools it may be, and a search for another."""
    row = get_object_or_404(PastRow.objects.select_related("past", "school", "level"), past=pk, line=line)
    if request.method == "POST":
        return _about_row(request, row)
    candidates = [one for one in pages.candidates(row) if one != row.school]
    # Where we know none, a look under the file's own words is a beginning.
    first = "" if candidates or row.school else row.school_name
    typed = request.GET.get("q", first).strip()[:100]
    found = find(typed, rows=School.objects.filter(merged_into=None)) if typed else []
    context = {
        "row": row,
        "past": row.past,
        "candidates": candidates,
        "q": typed,
        "found": found,
        "limit": LIMIT,
        "may_change": row.past.status in verbs.OPEN and row.finding not in {Finding.BROKEN, Finding.WRITTEN},
    }
    return render(request, "awards/past/row.html", context)


def _about_row(request: HttpRequest, row: PastRow) -> HttpResponse:
    person, at = _person(request), now()
    kind = row.finding
    try:
        if request.POST.get("do") == "leave_out":
            verbs.leave_out(row, by=person, now=at)
            messages.success(request, f"Line {row.line:,} is left out.")
        elif request.POST.get("do") == "take_in":
            verbs.leave_out(row, by=person, now=at, out=False)
            messages.success(request, f"Line {row.line:,} is taken in again.")
        else:
            _choose(request, row)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("past_row", pk=row.past_id, line=row.line)
    if kind in {Finding.CHOOSE, Finding.MISSING} and (after := pages.next_open(row)) is not None:
        return redirect("past_row", pk=row.past_id, line=after.line)
    return redirect("past_import", pk=row.past_id)


def _choose(request: HttpRequest, row: PastRow) -> None:
    given = request.POST.get("school", "")
    school = School.objects.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 16 else None
    if school is None:
        raise Refused("Choose the school.")
    lines = verbs.choose(row, school, by=_person(request), now=now())
    more = f" So are {lines - 1:,} more with the same school." if lines > 2 else ""
    more = " So is another one with the same school." if lines == 2 else more
    messages.success(request, f"Line {row.line:,} is of {school}.{more}")


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_write(request: HttpRequest, pk: int) -> HttpResponse:
    past = get_object_or_404(PastImport, pk=pk)
    if request.method == "POST":
        return _done(request, past, lambda: verbs.agree(past, by=_person(request), now=now()))
    if past.status not in verbs.OPEN:
        return redirect("past_import", pk=pk)
    return render(request, "awards/past/write.html", {"past": past, "ready": pages.ready_count(past)})


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_undo(request: HttpRequest, pk: int) -> HttpResponse:
    past = get_object_or_404(PastImport, pk=pk)
    if request.method == "POST":
        return _done(request, past, lambda: verbs.undo(past, by=_person(request), now=now()))
    return render(request, "awards/past/undo.html", {"past": past, "awards": past.awards.count()})


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def past_drop(request: HttpRequest, pk: int) -> HttpResponse:
    past = get_object_or_404(PastImport, pk=pk)
    if request.method == "POST":
        return _done(request, past, lambda: verbs.drop(past, by=_person(request), now=now()))
    return render(request, "awards/past/drop.html", {"past": past})


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _done(request: HttpRequest, past: PastImport, verb: Callable[[], object]) -> HttpResponse:
    try:
        verb()
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("past_import", pk=past.pk)
