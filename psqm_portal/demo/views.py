"""What only the demonstration has: signing in by a button, and a look into everybody's mail."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from messaging.models import Email
from psqm_portal.demo.accounts import EMAILS
from psqm_portal.demo.mailbox import at_home, blocks_of

MAILS_A_PAGE = 50


def _backend() -> str:
    """allauth's, or the portal's own that extends it."""
    return next(name for name in settings.AUTHENTICATION_BACKENDS if name.endswith(".AuthenticationBackend"))


@login_not_required  # it signs in
@require_POST
def sign_in(request: HttpRequest) -> HttpResponseRedirect:
    email = request.POST.get("account", "")
    if email not in EMAILS:
        raise Http404
    login(request, get_object_or_404(User, email=email, is_active=True), backend=_backend())
    return redirect("home")


@login_not_required  # a visitor of the demonstration reads everybody's mail: there is no mailbox behind it
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "").strip()
    rows = Email.objects.order_by("-written_at", "-id").defer("text", "html")
    if to:
        rows = rows.filter(to__icontains=to)
    page = Paginator(rows, MAILS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "demo/mails.html", {"page": page, "to": to})


@login_not_required  # as the list
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    email = get_object_or_404(Email, pk=pk)
    return render(request, "demo/mail.html", {"email": email, "blocks": blocks_of(email.text)})


@login_not_required  # as the list
@require_safe
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """As a mail program shows it: a page of its own, without scripts, forms, files or the portal's origin."""
    email = get_object_or_404(Email, pk=pk)
    if not email.html:
        raise Http404
    response = HttpResponse(at_home(email.html))
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    )
    return response
