"""The calendar of each season, from which rounds are made."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.templatetags.portal import MONTHS
from rounds.domain import templates as domain
from rounds.forms import FrameworkChoiceForm, StepForm
from rounds.models import Audience, RoundTemplate, Step, TemplateMilestone
from rounds.pages.year_chart import draw
from rounds.views.access import SignedIn, need

MONTHS_FIELDS = ("label", "first_month", "last_month", "opens_day", "due_day", "days_before_close")


def _template(request: SignedIn, pk: int, *, to_change: bool = False) -> RoundTemplate:
    need(request, "rounds.change_round" if to_change else "rounds.view_round")
    return get_object_or_404(RoundTemplate.objects.select_related("framework"), pk=pk)


@require_safe
@permission_required("rounds.view_round", raise_exception=True)
def round_templates(request: SignedIn) -> HttpResponse:
    rows = RoundTemplate.objects.select_related("framework").order_by("season", "-kind")
    return render(request, "rounds/templates.html", {"templates": rows})


@require_safe
def round_template(request: SignedIn, pk: int) -> HttpResponse:
    template = _template(request, pk)
    today = london_day(now())
    steps = list(template.milestones.all())
    year = domain.sample(template, today.year)
    audiences = [
        {
            "label": audience.label,
            "rows": [(row, _months(row)) for row in steps if row.audience == audience],
            "chart": draw((one for one in year if one.audience == audience), today=today, among=year),
        }
        for audience in Audience
    ]
    history = HistoryEntry.objects.filter(machine="round_template", subject_id=pk).select_related("by")
    context = {
        "template": template,
        "audiences": [one for one in audiences if one["rows"]],
        "year": today.year,
        "history": history.order_by("-at", "-id")[:20],
        "may_change": request.user.has_perm("rounds.change_round"),
    }
    return render(request, "rounds/template.html", context)


def _months(row: TemplateMilestone) -> dict[str, str]:
    """When the step is, in words."""
    opens = f"{_month(row.first_month)}{f', day {row.opens_day}' if row.opens_day else ''}"
    if row.days_before_close is not None:
        due = f"{row.days_before_close} days before the close"
    else:
        due = f"{_month(row.last_month)}{f', day {row.due_day}' if row.due_day else ''}"
    return {"opens": opens, "due": due}


def _month(number: int) -> str:
    return MONTHS[(number - 1) % 12] + (" of the next year" if number > len(MONTHS) else "")


@require_http_methods(["GET", "HEAD", "POST"])
def template_framework(request: SignedIn, pk: int) -> HttpResponse:
    template = _template(request, pk, to_change=True)
    form = FrameworkChoiceForm(request.POST or None, usual=template.framework)
    if request.method == "POST" and form.is_valid():
        try:
            domain.choose_framework(template, form.cleaned_data["framework"], by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The framework is saved. Rounds that exist keep theirs.")
            return redirect("round_template", pk)
    return _page(request, template, form, "Framework of new rounds")


@require_http_methods(["GET", "HEAD", "POST"])
def step_new(request: SignedIn, pk: int) -> HttpResponse:
    template = _template(request, pk, to_change=True)
    taken = set(template.milestones.values_list("audience", "step"))
    free = [(str(a), str(s)) for a in Audience for s in Step if (str(a), str(s)) not in taken]
    form = StepForm(request.POST or None, free=free)
    if request.method == "POST" and form.is_valid():
        audience, _, step = form.cleaned_data["which"].partition(".")
        try:
            domain.add_step(template, step, audience, _said(form), by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The step is in the calendar. Rounds that exist stay as they are.")
            return redirect("round_template", pk)
    return _page(request, template, form, "Add a step")


@require_http_methods(["GET", "HEAD", "POST"])
def step_change(request: SignedIn, pk: int, step: int) -> HttpResponse:
    template = _template(request, pk, to_change=True)
    row = get_object_or_404(template.milestones.select_related("template"), pk=step)
    form = StepForm(request.POST or None, initial={name: getattr(row, name) for name in MONTHS_FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_step(row, _said(form), by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The step is saved. Rounds that exist stay as they are.")
            return redirect("round_template", pk)
    removes = (row.step, row.audience) != (Step.SUBMIT, Audience.SCHOOL)
    return _page(
        request, template, form, f"{row.label} ({Audience(row.audience).label})", row=row, removes=removes
    )


@require_http_methods(["GET", "HEAD", "POST"])
def step_remove(request: SignedIn, pk: int, step: int) -> HttpResponse:
    template = _template(request, pk, to_change=True)
    row = get_object_or_404(template.milestones.select_related("template"), pk=step)
    if request.method == "POST":
        try:
            domain.remove_step(row, by=request.user, now=now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{row.label}” is out of the calendar.")
        return redirect("round_template", pk)
    context = {"template": template, "row": row, "whose": Audience(row.audience).label}
    return render(request, "rounds/template_step_remove.html", context)


def _said(form: StepForm) -> domain.Months:
    return domain.Months(**{name: form.cleaned_data[name] for name in MONTHS_FIELDS})


def _page(request: SignedIn, template: RoundTemplate, form: Any, title: str, **more: Any) -> HttpResponse:
    context = {"template": template, "form": form, "title": title, **more}
    return render(request, "rounds/template_edit.html", context)
