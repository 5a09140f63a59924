"""HQ's mails: the list, one of them, and sending some again."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rules.contrib.views import permission_required

from messaging.domain import resending
from messaging.mail_forms import MailFilterForm
from messaging.models import Email
from messaging.pages import mails as pages
from messaging.queries import mail_visible_to, newest_mail, suppressed_among
from messaging.registers import mail_kinds
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import counted

PAGE = 50


@permission_required("messaging.see_mail", raise_exception=True)
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    form = MailFilterForm(request.GET or None)
    rows = form.narrow(mail_visible_to(request.user))  # type: ignore[arg-type]  # signed in: the middleware asks
    page = Paginator(newest_mail(rows), PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": form,
        "page": page,
        "again": resending.AGAIN,
        "may_go_again": pages.may_go_again(list(page)),
        "figures": pages.figures(),
    }
    return render(request, "messaging/mail.html", context)


@permission_required("messaging.see_mail", raise_exception=True)
@require_safe
def mail_one(request: HttpRequest, pk: int) -> HttpResponse:
    rows = mail_visible_to(request.user).select_related("recipient")  # type: ignore[arg-type]  # signed in
    email = get_object_or_404(rows, pk=pk)
    (planned,) = resending.plan(Email.objects.filter(pk=pk))
    context = {
        "email": email,
        "kind": mail_kinds.get(email.template),
        "planned": planned if email.state in resending.AGAIN else None,
        "suppressed": bool(suppressed_among([email.to])),
    }
    return render(request, "messaging/mail_one.html", context)


@permission_required("messaging.see_mail", raise_exception=True)
@require_POST
def mail_resend(request: HttpRequest, pk: int) -> HttpResponse:
    email = get_object_or_404(mail_visible_to(request.user), pk=pk)  # type: ignore[arg-type]  # signed in
    try:
        resending.resend_one(email, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        email.refresh_from_db(fields=["to"])
        messages.success(request, f"The mail to {email.to} is waiting to be sent again.")
    return redirect("mail_one", pk=pk)


@permission_required("messaging.see_mail", raise_exception=True)
@require_http_methods(["GET", "POST"])
def mail_resend_several(request: HttpRequest) -> HttpResponse:
    """Which would go where, and why others can't; then all of them at once."""
    if request.method == "POST":
        ids = [int(one) for one in request.POST.getlist("mail")[: resending.MOST] if one.isdecimal()]
        chosen = mail_visible_to(request.user).filter(pk__in=ids)  # type: ignore[arg-type]  # signed in
        count = resending.resend(chosen, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        if count:
            words = counted(count, "mail")
            messages.success(request, f"{words} {'waits' if count == 1 else 'wait'} to be sent again.")
            return redirect(f"{reverse('mail')}?state=waiting")
        messages.error(request, "None of these mails can be sent again.")
        return redirect("mail")
    rows = resending.plan(newest_mail(_chosen(request)))
    context = {
        "go": [row for row in rows if not row.why_not],
        "stay": [row for row in rows if row.why_not],
        "most": resending.MOST if len(rows) == resending.MOST else None,
    }
    return render(request, "messaging/mail_resend.html", context)


def _chosen(request: HttpRequest) -> QuerySet[Email]:
    """Those that were ticked; with ``all`` everything on the list that failed or came back."""
    rows = mail_visible_to(request.user)  # type: ignore[arg-type]  # signed in
    if "all" in request.GET:
        return MailFilterForm(request.GET).narrow(rows).filter(state__in=resending.AGAIN)
    return rows.filter(pk__in=[int(one) for one in request.GET.getlist("mail") if one.isdecimal()])
