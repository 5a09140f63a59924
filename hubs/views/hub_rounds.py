from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hubs import queries
from hubs.domain import hubs as domain
from hubs.domain import training
from hubs.forms.hubs import PlacesForm
from hubs.forms.training import RegisterForm, SessionForm
from hubs.models import HubRound, TrainingSession
from hubs.slots import hub_round_sections
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from rounds.models import Audience
from rounds.views.access import SignedIn, need


def _hub_round(request: SignedIn, slug: str, round_slug: str) -> HubRound:
    rows = queries.with_places(queries.hub_rounds_visible_to(request.user)).select_related("hub", "round")
    return get_object_or_404(rows, hub__slug=slug, round__slug=round_slug)


def _sessions(hub_round: HubRound) -> list[dict[str, Any]]:
    """Each session the hub should hold, with its date where it has one."""
    held = {session.step: session for session in hub_round.sessions.prefetch_related("attendances")}
    milestones = {
        row.step: row.due_on for row in hub_round.round.milestones.filter(audience=Audience.HUB_LEADER)
    }
    today = london_day(now())
    return [
        {
            "step": step.value,
            "name": training.name_of(hub_round.training, step),
            "session": (session := held.get(step)),
            "due_on": milestones.get(step),
            "came": len(session.attendances.all()) if session else 0,
            "may_record": session is not None and session.held_on <= today,
        }
        for step in training.STEPS[hub_round.training]
    ]


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
            "sessions": _sessions(row),
            "registrations": waiting.select_related("school"),
            "sections": [section(request, row) for section in hub_round_sections],
            "may_change": request.user.has_perm("hubs.change_hub"),
            "may_train": request.user.has_perm("hubs.train", row),
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
    return render(request, "hubs/places.html", {"hub_round": row, "form": form})


def _trainable(request: SignedIn, slug: str, round_slug: str, step: str) -> HubRound:
    row = _hub_round(request, slug, round_slug)
    if step not in training.STEPS[row.training]:
        raise Http404
    need(request, "hubs.train", row)
    return row


@require_http_methods(["GET", "HEAD", "POST"])
def session_edit(request: SignedIn, slug: str, round_slug: str, step: str) -> HttpResponse:
    row = _trainable(request, slug, round_slug, step)
    session = TrainingSession.objects.filter(hub_round=row, step=step).first()
    form = SessionForm(request.POST or None, instance=session)
    name = training.name_of(row.training, step)
    if request.method == "POST" and form.is_valid():
        try:
            training.set_session(row, step, **form.cleaned_data, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{name} is saved. Reminders go by its date.")
            return redirect("hub_round", slug, round_slug)
    return render(request, "hubs/session.html", {"hub_round": row, "form": form, "name": name})


@require_http_methods(["GET", "HEAD", "POST"])
def session_register(request: SignedIn, slug: str, round_slug: str, step: str) -> HttpResponse:
    row = _trainable(request, slug, round_slug, step)
    session = get_object_or_404(
        TrainingSession.objects.select_related("hub_round__hub"), hub_round=row, step=step
    )
    present = dict(session.attendances.values_list("school_id", "people"))
    form = RegisterForm(
        request.POST if request.method == "POST" else None,
        schools=list(queries.schools_on_seats(row)),
        present=present,
    )
    if request.method == "POST" and form.is_valid():
        try:
            training.record_attendance(session, form.present, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The register is saved.")
            return redirect("hub_round", slug, round_slug)
    context = {
        "hub_round": row,
        "session": session,
        "form": form,
        "name": training.name_of(row.training, step),
        "is_held": session.held_on <= london_day(now()),
    }
    return render(request, "hubs/register.html", context)
