from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments import queries
from payments.domain import invoices as domain
from payments.domain.fees import charge, missing
from payments.domain.invoice_machine import invoice_machine
from payments.domain.terms import fees_of
from payments.forms import InvoiceFilter, OrderNumberForm, ReceiptForm
from payments.models import Invoice
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused


def _invoices(request: HttpRequest) -> QuerySet[Invoice]:
    return queries.visible_to(request.user)  # type: ignore[arg-type]  # signed in: the middleware asks


def _offers(invoice: Invoice, request: HttpRequest) -> dict[str, Any]:
    offers = invoice_machine.offers(invoice, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    return {offer.action: offer for offer in offers}


def _filtered(request: HttpRequest, rows: QuerySet[Invoice]) -> tuple[InvoiceFilter, QuerySet[Invoice]]:
    form = InvoiceFilter(request.GET)
    wanted = form.values()
    rows = queries.in_state(
        queries.found(rows, wanted.get("q", "")), wanted.get("state", ""), london_day(now())
    )
    if wanted.get("round"):
        rows = rows.filter(submission__round=wanted["round"])
    return form, rows.select_related("submission__school", "submission__round")


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    """HQ's money people: all, with filters and totals. Headteachers and finance contacts: their schools'."""
    is_hq = request.user.has_perm("payments.handle_money")
    if not is_hq and not queries.pays_for_a_school(request.user):  # type: ignore[arg-type]  # signed in
        raise Http404
    form, rows = _filtered(request, _invoices(request))
    today = london_day(now())
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(invoice, queries.state_of(invoice, today)) for invoice in page],
        "filter": form,
        "is_hq": is_hq,
        "totals": queries.totals(rows),
        "today": today,
        "query": request.GET.urlencode(),
    }
    return render(request, "payments/invoices.html", context)


@require_safe
def invoices_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as it is filtered, for HQ."""
    if not request.user.has_perm("payments.handle_money"):
        raise Http404
    _, rows = _filtered(request, _invoices(request))
    header = [
        *("Number", "School", "Round", "Payer", "Order number", "Status"),
        *("Issued", "Due", "Total", "Paid", "Balance"),
    ]
    return csv_response("invoices.csv", header, _csv_rows(rows))


def _csv_rows(rows: QuerySet[Invoice]) -> Iterator[list[Any]]:
    for invoice in rows.iterator(chunk_size=500):
        submission = invoice.submission
        yield [
            invoice.number,
            submission.school.name,
            submission.round.name,
            invoice.payer_name,
            invoice.order_number,
            invoice.get_status_display(),
            invoice.issued_on,
            invoice.due_on,
            invoice.total,
            invoice.paid,
            invoice.balance,
        ]


@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    rows = _invoices(request).select_related("submission__school", "submission__round", "pdf")
    found = get_object_or_404(rows, pk=pk)
    fees = fees_of(found.submission.round)
    is_draft = found.status == Invoice.Status.DRAFT
    today = london_day(now())
    context = {
        "invoice": found,
        "state": queries.state_of(found, today),
        "today": today,
        "is_hq": request.user.has_perm("payments.handle_money"),
        "lines": found.lines.all(),
        "receipts": found.receipts.select_related("recorded_by"),
        "history": [(entry, queries.HAPPENED[entry.action]) for entry in queries.history_of(found)],
        "offers": _offers(found, request),
        "missing": missing(found.submission, fees) if is_draft else [],
        "charge": charge(found.submission, fees) if is_draft else None,
    }
    return render(request, "payments/invoice.html", context)


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_invoices(request), pk=pk)
    try:
        issued = invoice_machine.perform(found, "issue", by=request.user, now=now())  # type: ignore[arg-type]
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Invoice {issued.number} is issued. We have written to the school.")
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
def order_number(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_invoices(request).select_related("submission__school"), pk=pk)
    if found.status != Invoice.Status.DRAFT:
        messages.error(request, "The invoice is issued, so nothing on it can be changed.")
        return redirect(found)
    form = OrderNumberForm(request.POST or None, instance=found)
    form.fields["order_number"].required = True
    if request.method == "POST" and form.is_valid():
        try:
            number = form.cleaned_data["order_number"]
            domain.set_order_number(found, number, by=request.user, now=now())  # type: ignore[arg-type]
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The order number is saved.")
            return redirect(found)
    return render(request, "payments/order_number.html", {"invoice": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """A form, then a page that says what will happen, then the payment."""
    found = get_object_or_404(_invoices(request).select_related("submission__school"), pk=pk)
    if not request.user.has_perm("payments.handle_money"):
        raise PermissionDenied
    if found.status == Invoice.Status.DRAFT:
        messages.error(request, "The invoice isn’t issued yet, so no payment can be recorded for it.")
        return redirect(found)
    form = ReceiptForm(request.POST or None, initial={"received_on": london_day(now())})
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        given = form.cleaned_data
        if "confirmed" not in request.POST:
            balance = found.balance - given["amount"]
            context = {"invoice": found, "given": given, "balance": balance, "overpaid": -balance}
            hidden = {name: request.POST[name] for name in request.POST if name != "csrfmiddlewaretoken"}
            return render(request, "payments/payment_check.html", {**context, "hidden": hidden})
        try:
            domain.record_payment(
                found,
                amount=given["amount"],
                received_on=given["received_on"],
                reference=given["reference"],
                key=given["key"],
                by=request.user,  # type: ignore[arg-type]  # signed in
                now=now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The payment is recorded.")
            return redirect(found)
    return render(request, "payments/payment.html", {"invoice": found, "form": form})
