"""Declaring a conflict: a hub leader for themself, a school about a hub leader; HQ reads and lifts them."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from awards.domain import interests as domain
from awards.forms.assigning import InterestForm, NameLeaderForm
from awards.forms.shared import ReasonForm
from awards.models import Interest
from awards.views.shared import ROWS, posted
from hubs.models import HubMembership
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import SCHOOL
from schools.search import find
from submissions.queries import roles_towards, visible_to


@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    leads = HubMembership.objects.current().filter(user=user, role=HubMembership.Kind.LEADER)
    if not leads.exists():
        raise PermissionDenied
    words = str(request.GET.get("find", "")).strip()[:100]
    schools = find(words, limit=8) if words else []
    employers = domain.employers_like(words, most=8)
    form = InterestForm(posted(request), schools=schools, employers=employers)
    if request.method == "POST" and form.is_valid():
        try:
            made = domain.declare_for_myself(**form.thing(), why=form.cleaned_data["why"], by=user, now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"You won’t review {made.thing}.")
            return redirect("interests")
    rows = user.interests.filter(lifted_at=None, side=Interest.Side.LEADER).select_related("school")
    return render(
        request,
        "awards/interests/mine.html",
        {"form": form, "find": words, "found": bool(schools or employers), "rows": rows},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def of_school(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    rows = visible_to(user).select_related("school", "round", "hub")
    submission = get_object_or_404(rows, pk=pk)
    if not roles_towards(user, submission) & SCHOOL:
        raise PermissionDenied
    leaders = User.objects.filter(
        is_active=True,
        hub_memberships__role=HubMembership.Kind.LEADER,
        hub_memberships__ended_at=None,
    ).exclude(hub_memberships__hub=submission.hub_id)
    form = NameLeaderForm(posted(request), people=leaders.distinct().order_by("name", "pk"))
    if request.method == "POST" and form.is_valid():
        person = form.people[form.cleaned_data["person"]]
        try:
            domain.declare_for_school(submission, person, why=form.cleaned_data["why"], by=user, now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{person} won’t review your work. HQ knows why.")
            return redirect("name_conflict", pk)
    said = Interest.objects.filter(
        school=submission.school, side=Interest.Side.SCHOOL, lifted_at=None
    ).select_related("user", "declared_by")
    return render(
        request, "awards/interests/of_school.html", {"submission": submission, "form": form, "rows": said}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    if not user.has_perm("awards.run"):
        raise PermissionDenied
    rows = Interest.objects.select_related("user", "school", "declared_by")
    interest = get_object_or_404(rows, pk=pk, lifted_at=None)
    form = ReasonForm(posted(request), hint="For example: left the school’s governors five years ago.")
    form.main_button = "Lift it"
    if request.method == "POST" and form.is_valid():
        try:
            domain.lift(interest, reason=form.cleaned_data["reason"], by=user, now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{interest.user} may review {interest.thing} again.")
            return redirect("declared_conflicts")
    return render(request, "awards/interests/lift.html", {"interest": interest, "form": form})


@require_http_methods(["GET", "HEAD"])
def declared(request: HttpRequest) -> HttpResponse:
    """All that are declared, for HQ."""
    if not cast(User, request.user).has_perm("awards.run"):
        raise PermissionDenied
    rows = Interest.objects.filter(lifted_at=None).select_related("user", "school", "declared_by")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "awards/interests/declared.html", {"page": page})
