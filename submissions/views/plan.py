from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from submissions.domain.writing import (
    remove_row,
    save_progress,
    save_row,
    standing_progress,
    standing_row,
    why_not_editable,
)
from submissions.forms.work import ProgressForm, RowForm, criteria_of
from submissions.models import ActionRow, Part
from submissions.pages.sight import Sight, attempt, load, load_part
from submissions.views.parts import part_context


@require_safe
def action_plan(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    part = _plan(sight)
    context = part_context(sight, part)
    costs = [row.cost for row in part.rows.all() if row.cost is not None]
    return render(request, "submissions/action_plan.html", {**context, "cost": sum(costs) if costs else None})


@require_http_methods(["GET", "HEAD", "POST"])
def action_row_new(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    return _edit(request, sight, _plan(sight), None)


@require_http_methods(["GET", "HEAD", "POST"])
def action_row(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    sight = load(request, pk)
    part = _plan(sight)
    return _edit(request, sight, part, get_object_or_404(part.rows, pk=row))


@require_http_methods(["GET", "HEAD", "POST"])
def action_row_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    sight = load(request, pk)
    part = _plan(sight)
    old = get_object_or_404(part.rows.select_related("criterion"), pk=row)
    if (answer := _closed(request, sight, part)) is not None:
        return answer
    if request.method != "POST":
        return render(
            request, "submissions/action_row_remove.html", {"sight": sight, "part": part, "row": old}
        )
    if attempt(request, lambda: remove_row(part, old, by=sight.person, now=sight.now)):
        messages.success(request, "The row is removed. Earlier versions of the plan keep it.")
    return redirect(part)


@require_http_methods(["GET", "HEAD", "POST"])
def action_row_progress(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Progress may be noted on an approved plan too."""
    sight = load(request, pk)
    part = _plan(sight)
    old = get_object_or_404(part.rows.select_related("criterion", "part__submission"), pk=row)
    if not sight.writes:
        raise PermissionDenied
    standing = standing_progress(old)
    form = ProgressForm(request.POST or None, instance=old, standing=standing)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            save_progress(old, notes=data["progress_notes"], rag=data["rag"], by=sight.person, seen=form.seen)
        except OutOfDate as newer:
            what = f"Progress on {old.criterion}"
            return conflict_page(request, form, newer.standing, what=what, back=part.get_absolute_url())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Progress saved.")
            return redirect(part)
    context = {"sight": sight, "submission": sight.submission, "part": part, "row": old, "form": form}
    return render(request, "submissions/action_row_progress.html", context)


def _plan(sight: Sight) -> Part:
    return load_part(sight, kind=Part.Kind.ACTION_PLAN)


def _closed(request: HttpRequest, sight: Sight, part: Part) -> HttpResponse | None:
    """The answer to who may not change the plan now."""
    if not sight.writes:
        raise PermissionDenied
    if (sentence := why_not_editable(part)) is not None and request.method != "POST":
        messages.error(request, sentence)
        return redirect(part)
    return None


def _edit(request: HttpRequest, sight: Sight, part: Part, row: ActionRow | None) -> HttpResponse:
    if (answer := _closed(request, sight, part)) is not None:
        return answer
    standing = standing_row(row) if row else None
    form = RowForm(request.POST or None, instance=row, criteria=criteria_of(part), standing=standing)
    if request.method == "POST" and form.is_valid():
        try:
            save_row(part, form.save(commit=False), by=sight.person, now=sight.now, seen=form.seen)
        except OutOfDate as newer:
            what = "A row of the action plan"
            return conflict_page(request, form, newer.standing, what=what, back=part.get_absolute_url())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Row saved." if row else "Row added to the action plan.")
            return redirect(part)
    context = {"sight": sight, "submission": sight.submission, "part": part, "row": row, "form": form}
    return render(request, "submissions/action_row.html", context)
