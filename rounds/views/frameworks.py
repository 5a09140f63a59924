from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from rounds import queries
from rounds.domain import frameworks as domain
from rounds.forms import CriterionForm, DocumentForm, FrameworkForm
from rounds.models import CoreDocument, Criterion, Framework, Round
from rounds.views.access import SignedIn, need


def _framework(request: SignedIn, pk: int) -> Framework:
    return get_object_or_404(queries.frameworks_visible_to(request.user), pk=pk)


def _editable(request: SignedIn, pk: int) -> Framework:
    framework = _framework(request, pk)
    need(request, "rounds.change_framework")
    return framework


def _used_by(framework: Framework) -> list[Round]:
    """Rounds whose schools see a changed text at once."""
    return list(framework.rounds.filter(status__in=[Round.Status.PLANNED, Round.Status.OPEN]))


@require_safe
def frameworks(request: SignedIn) -> HttpResponse:
    rows = (
        queries.frameworks_visible_to(request.user).prefetch_related("levels").order_by("-is_active", "name")
    )
    return render(request, "rounds/frameworks.html", {"frameworks": rows})


@require_safe
def framework_page(request: SignedIn, pk: int) -> HttpResponse:
    rows = queries.with_texts(queries.frameworks_visible_to(request.user))
    framework = get_object_or_404(rows, pk=pk)
    may_change = request.user.has_perm("rounds.change_framework")
    return render(request, "rounds/framework.html", {"framework": framework, "may_change": may_change})


@require_http_methods(["GET", "HEAD", "POST"])
def framework_edit(request: SignedIn, pk: int) -> HttpResponse:
    framework = _editable(request, pk)
    form = FrameworkForm(request.POST or None, instance=framework)
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_framework(framework, by=request.user, now=now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The framework is saved.")
            return redirect("framework", pk)
    return _page(request, form, framework, "Word limit and use")


@require_http_methods(["GET", "HEAD", "POST"])
def criterion_edit(request: SignedIn, pk: int, code: str) -> HttpResponse:
    framework = _editable(request, pk)
    rows = Criterion.objects.filter(strand__framework=framework).select_related("strand__framework")
    criterion = get_object_or_404(rows, code__iexact=code)
    form = CriterionForm(request.POST or None, criterion=criterion, levels=list(framework.levels.all()))
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_criterion(
                criterion,
                title=form.cleaned_data["title"],
                guidance=form.cleaned_data["guidance"],
                descriptors=form.descriptors,
                note=form.cleaned_data["note"],
                by=request.user,
                now=now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The texts of {criterion.code} are saved.")
            return redirect("framework", pk)
    return _page(request, form, framework, str(criterion))


@require_http_methods(["GET", "HEAD", "POST"])
def document_edit(request: SignedIn, pk: int, code: str) -> HttpResponse:
    framework = _editable(request, pk)
    rows = CoreDocument.objects.filter(framework=framework).select_related("framework")
    document = get_object_or_404(rows, code=code)
    form = DocumentForm(request.POST or None, instance=document)
    title = document.title
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_document(document, by=request.user, now=now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The texts of “{document.title}” are saved.")
            return redirect("framework", pk)
    return _page(request, form, framework, title)


def _page(request: SignedIn, form: object, framework: Framework, title: str) -> HttpResponse:
    context = {"form": form, "framework": framework, "title": title, "used_by": _used_by(framework)}
    return render(request, "rounds/framework_edit.html", context)
