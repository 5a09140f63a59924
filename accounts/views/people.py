from collections import defaultdict

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rules.contrib.views import permission_required

from accounts.domain import hq, invitations
from accounts.forms import HQInvitationForm, SearchForm
from accounts.models import HQMembership, Invitation
from accounts.queries import open_invitations, people_visible_to, search_people
from accounts.registers import Holding, holdings, places_of
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role

PAGE = 50


def held_by(user_ids: list[int]) -> dict[int, list[Holding]]:
    """What each of these people holds now, over all apps."""
    held: dict[int, list[Holding]] = defaultdict(list)
    for register in holdings:
        for holding in register(user_ids):
            held[holding.user_id].append(holding)
    return held


@permission_required("accounts.see_people", raise_exception=True)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET or None)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    rows = search_people(people_visible_to(request.user), words)  # type: ignore[arg-type]  # signed in
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    held = held_by([person.pk for person in page])
    invited = list(open_invitations(now()).select_related("invited_by")[:PAGE])
    places = places_of(invitation.scope for invitation in invited)
    context = {
        "search": form,
        "words": words,
        "page": page,
        "rows": [(person, held.get(person.pk, [])) for person in page],
        "invited": [(invitation, places.get(invitation.scope)) for invitation in invited],
        "hq_staff": HQMembership.objects.current().select_related("user").order_by("user__name", "role"),
    }
    return render(request, "accounts/people.html", context)


@permission_required("accounts.manage_hq", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def people_invite(request: HttpRequest) -> HttpResponse:
    form = HQInvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        invitations.invite(
            email=given["email"],
            name=given["name"],
            role=Role(given["role"]),
            scope="hq",
            by=request.user,  # type: ignore[arg-type]  # signed in
            now=now(),
        )
        messages.success(request, f"We have written to {given['email']}. The link works for 48 hours.")
        return redirect("people")
    return render(request, "accounts/people_invite.html", {"form": form})


@permission_required("accounts.manage_hq", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def hq_membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(HQMembership.objects.current().select_related("user"), pk=pk)
    if request.method == "POST":
        try:
            hq.end(membership, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            role = membership.get_role_display()
            messages.success(request, f"{membership.user} isn’t {role} any more.")
        return redirect("people")
    return render(request, "accounts/hq_membership_end.html", {"membership": membership})


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    if not request.user.has_perm("accounts.manage_hq"):
        raise PermissionDenied
    return get_object_or_404(Invitation, pk=pk)


@require_POST
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    invited = _invitation(request, pk)
    try:
        invitations.withdraw(invited, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The invitation to {invited.email} is withdrawn.")
    return redirect("people")


@require_POST
def invitation_again(request: HttpRequest, pk: int) -> HttpResponse:
    invited = _invitation(request, pk)
    try:
        invitations.send_again(invited, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"We have written to {invited.email} again, with a new link.")
    return redirect("people")
