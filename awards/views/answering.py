"""Reviewers accept what they were given, one by one or all at once; declining has its own page."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import User
from awards.domain import answering
from hubs.models import HubMembership
from psqm_portal.core.clock import now


@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Those that the page showed and no others: one that came in since is still to be answered."""
    user = cast(User, request.user)
    leads = HubMembership.objects.current().filter(user=user, role=HubMembership.Kind.LEADER)
    if not leads.exists():
        raise PermissionDenied
    ids = [
        int(one)
        for one in request.POST.getlist("review")
        if one.isascii() and one.isdecimal() and len(one) < 10
    ]
    if number := answering.accept_several(ids, by=user, now=now()):
        messages.success(
            request, f"You’ve accepted {number} {'review' if number == 1 else 'reviews'}. Thank you."
        )
    else:
        messages.info(request, "There was nothing to accept any more.")
    return redirect("reviews")
