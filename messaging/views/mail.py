from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from rules.contrib.views import permission_required

from messaging.domain.resending import resend_one as resend
from messaging.forms import MailFilterForm
from messaging.models import Email
from messaging.queries import mail_visible_to, search_mail
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused

PAGE = 50


@permission_required("messaging.see_mail", raise_exception=True)
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    form = MailFilterForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {"state": "", "q": ""}
    rows = mail_visible_to(request.user)  # type: ignore[arg-type]  # signed in: the middleware asks
    rows = search_mail(rows, state=given["state"], words=given["q"])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "messaging/mail.html", {"filter": form, "page": page})


@permission_required("messaging.see_mail", raise_exception=True)
@require_safe
def mail_one(request: HttpRequest, pk: int) -> HttpResponse:
    email = get_object_or_404(mail_visible_to(request.user), pk=pk)  # type: ignore[arg-type]  # signed in
    failed = email.state == Email.State.FAILED
    return render(request, "messaging/mail_one.html", {"email": email, "failed": failed})


@permission_required("messaging.see_mail", raise_exception=True)
@require_POST
def mail_resend(request: HttpRequest, pk: int) -> HttpResponse:
    email = get_object_or_404(mail_visible_to(request.user), pk=pk)  # type: ignore[arg-type]  # signed in
    try:
        resend(email, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The mail to {email.to} is waiting to be sent again.")
    return redirect("mail_one", pk=pk)
