"""A hub leader signs for a year, or says that they won't go on."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hubs.domain import commitments as domain
from hubs.domain.leader_certificates import led_by
from hubs.forms.applications import CommitmentForm, LeaveForm
from hubs.models import CommitmentPoint
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from rounds.views.access import SignedIn


@require_http_methods(["GET", "HEAD", "POST"])
def leader_commitment(request: SignedIn) -> HttpResponse:
    earlier = list(request.user.leader_commitments.all())
    signing = domain.to_sign(request.user, london_day(now()))
    led = led_by(request.user, today=london_day(now()))
    if signing is None and not earlier and not led:
        raise PermissionDenied
    form = None
    if signing is not None:
        form = CommitmentForm(
            request.POST or None,
            points=list(CommitmentPoint.objects.all()),
            button="Renew for the year" if signing.is_renewal else "Sign for the year",
        )
    if request.method == "POST" and form is None:
        return redirect("leader_commitment")
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            domain.sign(request.user, ticked=form.ticked, name=form.cleaned_data["name"], now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "You have signed. Thank you.")
            return redirect("leader_commitment")
    context = {"signing": signing, "form": form, "earlier": earlier, "led": led}
    return render(request, "hubs/application/commitment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_commitment_leave(request: SignedIn) -> HttpResponse:
    signing = domain.to_sign(request.user, london_day(now()))
    if signing is None or signing.last is None:
        raise PermissionDenied
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.leave(request.user, reason=form.cleaned_data["reason"], now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "HQ has your word. They’ll write to you about who follows you.")
            return redirect("leader_commitment")
    return render(request, "hubs/application/leave.html", {"form": form, "signing": signing})
