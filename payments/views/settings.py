"""A round's money settings: HQ's admins and finance people alone see and change them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from payments.domain import invoices, terms
from payments.domain.fees import missing
from payments.forms import EarningTermsForm, FeesForm
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from rounds.models import Round


def _round(request: HttpRequest, slug: str) -> Round:
    if not request.user.has_perm("payments.handle_money"):
        raise Http404
    return get_object_or_404(Round, slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
def round_fees(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    fees = terms.fees_of(round_)
    form = FeesForm(request.POST or None, instance=fees)
    if request.method == "POST" and form.is_valid():
        terms.save_fees(form.instance, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        issued = invoices.issue_held_back(round_, by=request.user, now=now())  # type: ignore[arg-type]
        messages.success(request, f"The fees of {round_} are saved.{_issued(len(issued))}")
        return redirect("round_fees", slug=slug)
    if request.method == "POST":
        fees.refresh_from_db()
    waiting = [(invoice, missing(invoice.submission, fees)) for invoice in invoices.held_back([round_])]
    context = {
        "round": round_,
        "form": form,
        "blocked": [(invoice, lacks) for invoice, lacks in waiting if lacks],
        "ready": sum(1 for _, lacks in waiting if not lacks),
    }
    return render(request, "payments/round_fees.html", context)


@require_POST
def issue_held_back(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    issued = invoices.issue_held_back(round_, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    if issued:
        messages.success(request, _issued(len(issued)).strip())
    else:
        messages.info(request, "No invoice could be issued. Below is what each one waits for.")
    return redirect("round_fees", slug=slug)


def _issued(number: int) -> str:
    if not number:
        return ""
    what = "1 invoice that was held back is" if number == 1 else f"{number} invoices that were held back are"
    return f" {what} now issued."


@require_http_methods(["GET", "HEAD", "POST"])
def round_earnings(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    form = EarningTermsForm(request.POST or None, instance=terms.terms_of(round_))
    if request.method == "POST" and form.is_valid():
        try:
            terms.save_terms(form.instance, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"What leaders earn in {round_} is saved.")
            return redirect("round_earnings", slug=slug)
    context = {"round": round_, "form": form, "is_settled": terms.shares_are_settled(round_)}
    return render(request, "payments/round_earnings.html", context)
