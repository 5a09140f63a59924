"""Public pages that confirm a certificate's number, and HQ's two moves on an award."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from awards.domain import awarding, badges
from awards.forms.certificates import NumberForm, ReissueForm
from awards.forms.shared import ReasonForm
from awards.models import Award
from awards.pages.proof import find
from awards.queries import shared_by
from awards.views.braked import braked
from awards.views.shared import posted
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused


@login_not_required  # whoever holds a certificate may check it: a parent, a governor, an inspector
@require_safe
@braked
def certificate_check(request: HttpRequest) -> HttpResponse:
    form = NumberForm(request.GET if "number" in request.GET else None)
    if form.is_bound and form.is_valid():
        number = form.cleaned_data["number"]
        if found := find(number):
            return redirect("certificate", found.number)
        form.add_error("number", f"We know no certificate with the number {number}. Check it and try again.")
    return render(request, "awards/certificate_check.html", {"form": form})


@login_not_required  # where the QR code on the certificate leads
@require_safe
@braked
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """School, level, round and dates; no person's name."""
    found = find(number)
    if found and found.number != number:
        return redirect("certificate", found.number)
    known = request.user.is_authenticated and found is not None
    context = {
        "award": found,
        "number": number,
        "standing": found.standing_on(london_day(now())) if found else "",
        "has_badge": badges.is_on(),
        "runs": known and request.user.has_perm("awards.run"),
        "shares": known and shared_by(cast(User, request.user)).filter(number=number).exists(),
    }
    return render(request, "awards/certificate_page.html", context, status=200 if found else 404)


def _load(request: HttpRequest, number: str) -> Award:
    if not cast(User, request.user).has_perm("awards.run"):
        raise PermissionDenied
    return get_object_or_404(Award.objects.select_related("level", "school"), number=number)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, number: str) -> HttpResponse:
    award = _load(request, number)
    form = ReasonForm(
        posted(request), hint="Kept with the award. The public page says only that it is revoked."
    )
    if request.method == "POST" and form.is_valid():
        try:
            awarding.revoke(award, reason=form.cleaned_data["reason"], by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Award {award.number} is revoked.")
            return redirect("certificate", award.number)
    return render(request, "awards/revoke.html", {"award": award, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: HttpRequest, number: str) -> HttpResponse:
    award = _load(request, number)
    form = ReissueForm(posted(request), initial={"name": award.school.name})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            awarding.reissue(
                award, name=given["name"], reason=given["reason"], by=cast(User, request.user), now=now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"The certificate of {given['name']} is being made again.")
            return redirect("certificate", award.number)
    return render(request, "awards/reissue.html", {"award": award, "form": form})
