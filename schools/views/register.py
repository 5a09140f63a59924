"""HQ's import of the national register."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rules.contrib.views import permission_required

from accounts.models import User
from psqm_portal.core import log
from psqm_portal.core.clock import now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused
from schools.domain import register as verbs
from schools.models import RegisterFilter, RegisterImport
from schools.models.register import UNDERWAY
from schools.pages import register as pages
from schools.register_forms import RegisterFilterForm, RegisterUploadForm

PAGE = 50
_allowed = permission_required("schools.import_register", raise_exception=True)


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def register_imports(request: HttpRequest) -> HttpResponse:
    form = RegisterUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            register = verbs.ask(
                form.cleaned_data["file"], form.cleaned_data["links"], by=_person(request), now=now()
            )
            return redirect("register_import", pk=register.pk)
        except verbs.BadLinks as refused:
            form.add_error("links", str(refused))
        except Refused as refused:
            form.add_error("file", str(refused))
    imports = RegisterImport.objects.select_related("asked_by")
    context = {
        "form": form,
        "page": Paginator(imports, PAGE).get_page(request.GET.get("page")),
        "underway": imports.filter(status__in=UNDERWAY).first(),
    }
    return render(request, "schools/register_imports.html", context)


@_allowed
@require_safe
def register_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress, then the report. htmx gets the progress alone, and the whole page when it ended."""
    register = get_object_or_404(RegisterImport.objects.select_related("asked_by", "agreed_by"), pk=pk)
    progress = pages.progress(register)
    if request.headers.get("HX-Request"):
        answer = render(
            request, "schools/register_progress.html", {"register": register, "progress": progress}
        )
        if progress is None:
            answer["HX-Refresh"] = "true"
        return answer
    context = {
        "register": register,
        "progress": progress,
        "figures": pages.figures(register) if register.counts else [],
        "written": register.counts.get("written"),
        "has_rows": bool(register.counts) and register.rows.exists(),
        "may_drop": register.status in {"waiting", "reading", "read"},
        "may_go_on": register.status == "failed" and register.agreed_by is not None,
    }
    return render(request, "schools/register_import.html", context)


@_allowed
@require_safe
def register_rows(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    register = _report(pk, kind)
    rows = pages.rows_of(register, kind)
    why = request.GET.get("why", "")
    if why:
        rows = rows.filter(message=why) if kind == "left_out" else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = [(row, [] if kind == "missing" else pages.changes(row)) for row in page]
    context = {
        "register": register,
        "kind": kind,
        "words": pages.KINDS[kind],
        "page": page,
        "rows": shown,
        "why": why,
        "reasons": pages.reasons(register) if kind == "left_out" else [],
        "as_csv": kind in pages.AS_CSV,
    }
    return render(request, "schools/register_rows.html", context)


@_allowed
@require_safe
def register_rows_csv(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    if kind not in pages.AS_CSV:
        raise Http404
    header, rows = pages.csv_of(_report(pk, kind), kind)
    return csv_response(f"register-{kind}.csv", header, rows)


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def register_write(request: HttpRequest, pk: int) -> HttpResponse:
    register = get_object_or_404(RegisterImport, pk=pk)
    if request.method == "POST":
        return _done(request, register, lambda: verbs.agree(register, by=_person(request), now=now()))
    if register.status != "read":
        return redirect("register_import", pk=pk)
    closing = pages.rows_of(register, "closed").filter(takes_part=True)
    context = {"register": register, "closing": closing[:20], "closing_count": closing.count()}
    return render(request, "schools/register_write.html", context)


@_allowed
@require_POST
def register_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    register = get_object_or_404(RegisterImport, pk=pk)
    return _done(request, register, lambda: verbs.go_on(register, by=_person(request), now=now()))


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def register_drop(request: HttpRequest, pk: int) -> HttpResponse:
    register = get_object_or_404(RegisterImport, pk=pk)
    if request.method == "POST":
        return _done(request, register, lambda: verbs.drop(register, by=_person(request), now=now()))
    return render(request, "schools/register_drop.html", {"register": register})


@_allowed
@require_safe
def register_filters(request: HttpRequest) -> HttpResponse:
    return render(request, "schools/register_filters.html", {"filters": RegisterFilter.objects.all()})


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def register_filter_new(request: HttpRequest) -> HttpResponse:
    return _filter_page(request, RegisterFilter())


@_allowed
@require_http_methods(["GET", "HEAD", "POST"])
def register_filter(request: HttpRequest, pk: int) -> HttpResponse:
    return _filter_page(request, get_object_or_404(RegisterFilter, pk=pk))


def _filter_page(request: HttpRequest, rule: RegisterFilter) -> HttpResponse:
    form = RegisterFilterForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        about = f"register_filter:{made.pk}"
        log.write("register_filter.saved", by=request.user.pk, now=now(), about=about)
        messages.success(request, "The rule is saved. It counts for the next file that is read.")
        return redirect("register_filters")
    return render(request, "schools/register_filter.html", {"form": form, "is_new": rule.pk is None})


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # signed in: the middleware asks


def _report(pk: int, kind: str) -> RegisterImport:
    """An import with rows of this kind to look at."""
    if kind not in pages.KINDS:
        raise Http404
    return get_object_or_404(RegisterImport.objects.exclude(counts={}), pk=pk)


def _done(request: HttpRequest, register: RegisterImport, verb: Callable[[], None]) -> HttpResponse:
    try:
        verb()
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("register_import", pk=register.pk)
