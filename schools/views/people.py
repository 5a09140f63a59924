from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Invitation
from accounts.queries import pending_invitations
from messaging.queries import suppressed_among
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from schools.domain import invitations
from schools.domain.people import leave
from schools.forms import PersonForm
from schools.models import School
from schools.queries import people_of
from schools.views.schools import visible_school


def _managed_school(request: HttpRequest, pk: int) -> School:
    place = visible_school(request, pk)
    if not request.user.has_perm("schools.manage_people", place):
        raise PermissionDenied
    return place


@require_http_methods(["GET", "HEAD", "POST"])
def school_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Who belongs to the school; inviting one more."""
    place = visible_school(request, pk)
    if not request.user.has_perm("schools.see_people", place):
        raise PermissionDenied
    may_manage = request.user.has_perm("schools.manage_people", place)
    if request.method == "POST" and not may_manage:
        raise PermissionDenied
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invitations.invite(
                place,
                email=given["email"],
                name=given["name"],
                role=Role(given["role"]),
                by=request.user,  # type: ignore[arg-type]  # signed in: the middleware asks
                now=now(),
            )
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, f"We have written to {given['email']}. The link works for 14 days.")
            return redirect("school_people", pk=pk)
    pending = pending_invitations(invitations.scope_of(place)) if may_manage else []
    moment = now()
    people = list(people_of(place))
    addresses = [*(row.user.email for row in people), *(invitation.email for invitation in pending)]
    context = {
        "school": place,
        "form": form,
        "people": people,
        "pending": [(invitation, invitation.is_open(moment)) for invitation in pending],
        "without_mail": suppressed_among(addresses) if may_manage else set(),
        "may_manage": may_manage,
    }
    return render(request, "schools/school_people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def school_membership_end(request: HttpRequest, pk: int, membership_pk: int) -> HttpResponse:
    place = _managed_school(request, pk)
    membership = get_object_or_404(people_of(place), pk=membership_pk)
    if request.method == "POST":
        try:
            leave(membership, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            role = membership.get_role_display().lower()
            messages.success(request, f"{membership.user} isn’t {role} of {place} any more.")
        return redirect("school_people", pk=pk)
    ending = [one for one in invitations.ending_with(membership) if one.is_open(now())]
    context = {"school": place, "membership": membership, "ending": ending}
    return render(request, "schools/school_membership_end.html", context)


def _pending(place: School, pk: int) -> Invitation:
    return get_object_or_404(Invitation, pk=pk, scope=invitations.scope_of(place))


@require_POST
def school_invitation_again(request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
    place = _managed_school(request, pk)
    invited = _pending(place, invitation_pk)
    try:
        invitations.send_again(place, invited, by=request.user, now=now())  # type: ignore[arg-type]
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"We have written to {invited.email} again, with a new link.")
    return redirect("school_people", pk=pk)


@require_POST
def school_invitation_withdraw(request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
    place = _managed_school(request, pk)
    invited = _pending(place, invitation_pk)
    try:
        invitations.withdraw(place, invited, by=request.user, now=now())  # type: ignore[arg-type]
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The invitation to {invited.email} is withdrawn.")
    return redirect("school_people", pk=pk)
