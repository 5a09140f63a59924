from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from hubs.domain import leader_certificates as domain
from hubs.models import HubRound
from hubs.views.gatherings import send_pdf
from psqm_portal.core.clock import london_day, now
from rounds.views.access import SignedIn


@require_safe
def leader_certificate(request: SignedIn, slug: str, round_slug: str, pk: int) -> HttpResponse:
    """Of the person ``pk`` who led the hub: for that person, and for HQ's admins."""
    rows = HubRound.objects.filter(hub__slug=slug, round__slug=round_slug)
    found = [
        one for one in domain.visible_to(request.user, rows, today=london_day(now())) if one.leader.pk == pk
    ]
    if not found:
        raise Http404
    one = found[0]
    name = f"Certificate hub leader {one.hub_round.round} {one.leader}.pdf"
    return send_pdf(request, lambda: domain.certificate(found), name) or redirect("home")
