from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.domain import invitations
from accounts.domain.joining import join_by_invitation
from accounts.forms import JoinForm
from accounts.models import Invitation, User
from accounts.registers import places_of
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused


@login_not_required  # the link is how a person without an account comes in
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    invited = invitations.find(token)
    if invited is None or not invited.is_open(now()):
        return _closed(request)
    known = User.objects.filter(email=invited.email).first()
    if known is not None and not known.is_active:
        return _closed(request)
    if request.user.is_authenticated:
        return _signed_in(request, token, invited)
    if known is not None:
        return render(request, "accounts/invitation_sign_in.html", _about(invited))
    return _new_person(request, token, invited)


def _signed_in(request: HttpRequest, token: str, invited: Invitation) -> HttpResponse:
    if request.method == "POST":
        try:
            invitations.accept(token, user=request.user, now=now())  # type: ignore[arg-type]  # signed in
        except Refused:
            return _closed(request)
        except PermissionDenied:
            return _wrong_account(request, invited)
        return _welcome(request, invited)
    if request.user.email != invited.email:  # type: ignore[union-attr]  # signed in
        return _wrong_account(request, invited)
    return render(request, "accounts/invitation_accept.html", _about(invited))


def _new_person(request: HttpRequest, token: str, invited: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None, invitation=invited)
    if request.method == "POST" and form.is_valid():
        name, password = form.cleaned_data["name"], form.cleaned_data["password"]
        try:
            user = join_by_invitation(token, name=name, password=password, now=now())
        except Refused:
            return _closed(request)
        get_adapter().login(request, user)
        # A fresh password counts as signing in just now: setting up a second factor asks for that.
        record_authentication(request, user, method="password", email=user.email, reauthenticated=True)
        return _welcome(request, invited)
    return render(request, "accounts/invitation_join.html", {"form": form, **_about(invited)})


def _welcome(request: HttpRequest, invited: Invitation) -> HttpResponse:
    messages.success(request, f"You’re in: {_about(invited)['what']}.")
    return redirect("home")


def _about(invited: Invitation) -> dict[str, object]:
    place = places_of([invited.scope]).get(invited.scope)
    role = invited.role
    if invited.scope != "hq" and place is not None:
        role = f"{invited.role} at {place.name}"
    return {"invitation": invited, "what": role}


def _closed(request: HttpRequest) -> HttpResponse:
    """The same calm page for unknown, used, withdrawn and expired links: it says what to do."""
    return render(request, "accounts/invitation_closed.html", status=HTTPStatus.GONE)


def _wrong_account(request: HttpRequest, invited: Invitation) -> HttpResponse:
    return render(
        request, "accounts/invitation_wrong_account.html", _about(invited), status=HTTPStatus.FORBIDDEN
    )
