"""Addresses that nothing is sent to: HQ's list, lifting one, and a person's own."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rules.contrib.views import permission_required

from messaging.domain.bounces import lift
from messaging.models import Suppression
from messaging.pages import mails as pages
from messaging.queries import suppression_of
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused

PAGE = 50


@permission_required("messaging.see_mail", raise_exception=True)
@require_safe
def mail_suppressed(request: HttpRequest) -> HttpResponse:
    lifted = request.GET.get("show") == "lifted"
    words = request.GET.get("q", "").strip()[:100]
    rows = Suppression.objects.filter(lifted_at__isnull=not lifted).select_related("lifted_by")
    if words:
        rows = rows.filter(Q(address__icontains=words) | Q(detail__icontains=words))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": pages.blocked(list(page), now()), "lifted": lifted, "words": words}
    return render(request, "messaging/mail_suppressed.html", context)


@permission_required("messaging.see_mail", raise_exception=True)
@require_http_methods(["GET", "POST"])
def mail_suppressed_lift(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Suppression, pk=pk)
    if request.method == "GET":
        (shown,) = pages.blocked([row], now())
        return render(request, "messaging/mail_suppressed_lift.html", {"shown": shown, "row": row})
    try:
        lift(row, by=request.user, now=now())  # type: ignore[arg-type]  # signed in: the middleware asks
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("mail_suppressed")
    messages.success(request, f"Mail goes to {row.address} again. What didn’t go before is listed here.")
    return redirect(f"{reverse('mail')}?q={row.address}")


@require_POST
def own_address_again(request: HttpRequest) -> HttpResponse:
    """A person says that their own mailbox works again."""
    row = suppression_of(request.user)  # type: ignore[arg-type]  # signed in: the middleware asks
    try:
        if row is not None:
            lift(row, by=request.user, now=now())  # type: ignore[arg-type]  # as above
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "We write to your address again. If mail comes back, we tell you here.")
    return redirect("home")
