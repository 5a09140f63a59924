from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from rounds import queries
from rounds.domain import change, dates
from rounds.domain.machine import round_machine
from rounds.domain.make import copy_round, days_a_year_on, make_round, name_of
from rounds.forms import FrameworkChoiceForm, NewRoundForm, RoundSettingsForm
from rounds.models import Audience, Round
from rounds.pages.year_chart import draw
from rounds.slots import round_links, round_sections, setting_effects
from rounds.views.access import SignedIn, need


def _round(request: SignedIn, slug: str) -> Round:
    return get_object_or_404(queries.visible_to(request.user).select_related("framework"), slug=slug)


@require_safe
@permission_required("rounds.view_round", raise_exception=True)
def rounds(request: SignedIn) -> HttpResponse:
    rows = queries.latest_first(queries.visible_to(request.user))
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    may_make = request.user.has_perm("rounds.make_round")
    return render(request, "rounds/rounds.html", {"page": page, "may_make": may_make})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("rounds.make_round", raise_exception=True)
def round_new(request: SignedIn) -> HttpResponse:
    form = NewRoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_round(
                form.cleaned_data["template"],
                form.cleaned_data["year"],
                by=request.user,
                now=now(),
                framework=form.cleaned_data["framework"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} is made. Look through its dates, then open it.")
            return redirect("round", made.slug)
    return render(request, "rounds/round_new.html", {"form": form})


@require_safe
def round_page(request: SignedIn, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    today = london_day(moment := now())
    may_change = request.user.has_perm("rounds.change_round")
    milestones = list(round_.milestones.all())
    audiences = [
        {
            "label": audience.label,
            "slug": dates.SLUGS[audience],
            "rows": rows,
            "chart": draw(map(dates.of, rows), today=today, among=map(dates.of, milestones)),
        }
        for audience in Audience
        if (rows := [row for row in milestones if row.audience == audience])
    ]
    return render(
        request,
        "rounds/round.html",
        {
            "round": round_,
            "audiences": audiences,
            "offers": round_machine.offers(round_, by=request.user, now=moment),
            "may_change": may_change and round_.status != Round.Status.ARCHIVED,
            "may_copy": may_change,
            "may_see_late": request.user.has_perm("rounds.view_late"),
            "sections": [section(request, round_) for section in round_sections],
            "links": [link for links in round_links for link in links(request, round_)],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def round_copy(request: SignedIn, slug: str) -> HttpResponse:
    """Next year's round from this one: all that will stand in it, then made in one step."""
    round_ = _round(request, slug)
    need(request, "rounds.make_round")
    form = FrameworkChoiceForm(request.POST or None, usual=round_.framework)
    if request.method == "POST" and form.is_valid():
        try:
            made = copy_round(round_, by=request.user, now=now(), framework=form.cleaned_data["framework"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} is made. Look through its dates, then open it.")
            return redirect("round", made.slug)
    context = {
        "round": round_,
        "form": form,
        "name": name_of(round_.season, round_.kind, round_.year + 1),
        "rows": days_a_year_on(list(round_.milestones.all())),
    }
    return render(request, "rounds/round_copy.html", context)


def _as_sent(request: SignedIn) -> dict[str, str]:
    """A form's words for a page that asks once more; the signs of the form itself come with that page."""
    return {name: str(value) for name, value in request.POST.items() if name in RoundSettingsForm.base_fields}


@require_http_methods(["GET", "HEAD", "POST"])
def round_settings(request: SignedIn, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    need(request, "rounds.change_round")
    form = RoundSettingsForm(request.POST or None, instance=round_)
    if request.method == "POST" and form.is_valid():
        stands = _round(request, slug)
        effects = [one for asks in setting_effects for one in asks(stands, form.cleaned_data)]
        if effects and "confirmed" not in request.POST:
            return render(
                request,
                "rounds/round_settings_check.html",
                {"round": stands, "effects": effects, "hidden": {**_as_sent(request), "confirmed": "yes"}},
            )
        try:
            change.change_settings(round_, by=request.user, now=now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The settings are saved.")
            return redirect("round", round_.slug)
    return render(request, "rounds/round_settings.html", {"form": form, "round": _round(request, slug)})
