"""An award ends: how its school goes on, and HQ's list of those that end within a year."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from awards.forms.renewal import EndingFilter
from awards.models import Award
from awards.pages import renewal as pages
from hubs.pages.registering import offered
from hubs.queries import taking_registrations
from hubs.views.register import begin_for
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response

PER_PAGE = 50
HEADER = ("School", "Postcode", "URN", "Level", "Valid until", "Certificate", "How it stands", "Told last")


@login_not_required  # where the letter leads: it shows what the certificate's page shows
@require_http_methods(["GET", "HEAD", "POST"])
def award_renew(request: HttpRequest, number: str) -> HttpResponse:
    award = get_object_or_404(Award.objects.select_related("level", "school"), number=number)
    today = london_day(now())
    if award.status == Award.Status.REVOKED or not award.school.is_open:
        return redirect("certificate", award.number)
    rounds = taking_registrations(today)
    if request.method == "POST":
        chosen = rounds.filter(slug=request.POST.get("round", "")).first()
        if chosen is not None:
            return redirect(begin_for(request, chosen, award.school))
        messages.error(request, "This round takes no registrations any more. Choose one of those below.")
    context = {"award": award, "is_over": award.valid_until < today, "offered": offered(rounds)}
    return render(request, "awards/renewal/renew.html", context)


def _asked(request: HttpRequest) -> EndingFilter:
    if not cast(User, request.user).has_perm("awards.read_lists"):
        raise PermissionDenied
    form = EndingFilter(request.GET or None)
    form.is_valid()
    return form


@require_safe
def ending_awards(request: HttpRequest) -> HttpResponse:
    form = _asked(request)
    found = pages.found(london_day(now()), form.asked())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "lines": pages.lines(page.object_list)}
    return render(request, "awards/renewal/ending.html", context)


@require_safe
def ending_awards_csv(request: HttpRequest) -> HttpResponseBase:
    """Without people: whom to write to stands in the portal, and changes."""
    form = _asked(request)
    today = london_day(now())
    rows = (
        (
            line.award.school_name, line.award.school.postcode, line.award.school.urn, line.award.level.name,
            line.award.valid_until, line.award.number, line.stands, line.told_at,
        )
        for line in pages.lines(pages.found(today, form.asked()))
    )  # fmt: skip
    return csv_response(f"Awards that end {today}.csv", HEADER, rows)
