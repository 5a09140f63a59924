from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hubs import queries
from hubs.domain import hubs as domain
from hubs.domain import leader_certificates
from hubs.forms.hubs import PlacesForm
from hubs.models import HubRound
from hubs.pages import hubs as pages
from hubs.slots import hub_round_sections
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from rounds.views.access import SignedIn, need


def _hub_round(request: SignedIn, slug: str, round_slug: str) -> HubRound:
    rows = queries.with_places(queries.hub_rounds_visible_to(request.user)).select_related("hub", "round")
    return get_object_or_404(rows, hub__slug=slug, round__slug=round_slug)


@require_safe
def hub_round(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    waiting = queries.registrations_visible_to(request.user).filter(
        hub_id=row.hub_id, round_id=row.round_id, status="waiting"
    )
    return render(
        request,
        "hubs/hub_round.html",
        {
            "hub_round": row,
            "hub": row.hub,
            "round": row.round,
            "registrations": waiting.select_related("school"),
            "sections": [section(request, row) for section in hub_round_sections],
            "may_change": request.user.has_perm("hubs.change_hub"),
            "may_train": request.user.has_perm("hubs.train", row),
            "led": leader_certificates.visible_to(
                request.user, HubRound.objects.filter(pk=row.pk), today=london_day(now())
            ),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def hub_round_places(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    need(request, "hubs.change_hub")
    initial = {"places": row.places, "training": row.training}  # type: ignore[attr-defined]
    form = PlacesForm(request.POST or None, hub_round=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        moment, wanted = now(), form.cleaned_data["places"]
        taken, have = pages.taken_of(row), row.places  # type: ignore[attr-defined]
        if wanted < taken and wanted != have and "confirmed" not in request.POST:
            context = {
                "hub_round": row,
                "effects": pages.places_effects(have, taken, wanted),
                "hidden": {**form.cleaned_data, "confirmed": "yes"},
            }
            return render(request, "hubs/places_check.html", context)
        try:
            if "training" in form.cleaned_data:
                domain.change_training(row, form.cleaned_data["training"], by=request.user, now=moment)
            have = domain.set_places(row, wanted, by=request.user, now=moment)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if have > wanted:
                messages.warning(request, f"{have} places stay: schools are on them.")
            else:
                messages.success(request, "Places and training are saved.")
            return redirect("hub_round", slug, round_slug)
    context = {"hub_round": row, "form": form, "taken": pages.taken_of(row)}
    return render(request, "hubs/places.html", context)
