"""Somebody leads a hub for a while: planned, shown with what it means, changed and ended by HQ."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from hubs import queries
from hubs.domain import substitutes as domain
from hubs.forms.hubs import LastDayForm, SubstituteForm
from hubs.models import Hub, Substitution
from hubs.pages import hubs as pages
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.registers import money_effects
from rounds.views.access import SignedIn, need


def _hub(request: SignedIn, slug: str) -> Hub:
    hub = get_object_or_404(queries.visible_to(request.user), slug=slug)
    need(request, "hubs.change_hub")
    return hub


def _open(hub: Hub, pk: int) -> Substitution:
    return get_object_or_404(pages.substitutions_of([hub.pk]), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def substitute_new(request: SignedIn, slug: str) -> HttpResponse:
    """Who and when; a page that says what will happen; then the plan."""
    hub, moment = _hub(request, slug), now()
    form = SubstituteForm(request.POST or None)
    context: dict[str, Any] = {"hub": hub, "form": form, "leader": queries.leader_of(hub)}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            when = {"first_day": given["first_day"], "last_day": given["last_day"]}
            _, known = domain.check(hub, email=given["email"], **when, now=moment)
            if "confirmed" not in request.POST:
                return render(request, "hubs/substitute_check.html", context | _meaning(hub, given, known))
            made = domain.plan(hub, **given, by=request.user, now=moment)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(made))
            return redirect("hub_people", slug)
    return render(request, "hubs/substitute_new.html", context)


def _said(made: Substitution) -> str:
    if made.began_at is not None:
        return f"{made.name} leads {made.hub} now."
    if made.substitute is None:
        return f"We have sent {made.name} an invitation."
    return f"{made.name} is planned as a substitute for {made.hub}."


def _meaning(hub: Hub, given: dict[str, Any], known: User | None) -> dict[str, Any]:
    return {
        "given": given,
        "known": known,
        "starts_now": given["first_day"] == london_day(now()),
        "own_schools": pages.own_schools(hub, [known]),
        "money": [sentence for asks in money_effects for sentence in asks("replace_leader", hub, {})],
        # A date goes back into the form by its three boxes.
        "hidden": {
            **{name: given[name] for name in ("name", "email", "reason")},
            **{
                f"{name}_{number}": part
                for name in ("first_day", "last_day")
                for number, part in enumerate((given[name].day, given[name].month, given[name].year))
            },
            "confirmed": "yes",
        },
    }


@require_http_methods(["GET", "HEAD", "POST"])
def substitute(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    """One that is planned or runs: its last day."""
    hub = _hub(request, slug)
    one = _open(hub, pk)
    form = LastDayForm(request.POST or None, initial={"last_day": one.last_day})
    if request.method == "POST" and form.is_valid():
        try:
            one = domain.change_last_day(one, form.cleaned_data["last_day"], by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The last day is saved.")
            return redirect("hub_people", slug)
    context = {"hub": hub, "substitution": one, "form": form, "is_over": one.last_day < london_day(now())}
    return render(request, "hubs/substitute.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def substitute_end(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    hub = _hub(request, slug)
    one = _open(hub, pk)
    if request.method == "POST":
        domain.end(one, by=request.user, now=now())
        words = f"{one.leader} leads {hub} again." if one.began_at else f"{one.name} doesn’t stand in."
        messages.success(request, words)
        return redirect("hub_people", slug)
    money = [sentence for asks in money_effects for sentence in asks("replace_leader", hub, {})]
    context = {"hub": hub, "substitution": one, "money": money if one.began_at else []}
    return render(request, "hubs/substitute_end.html", context)
