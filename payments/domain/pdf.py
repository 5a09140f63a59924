"""The invoice as a PDF: made once after it is issued, from what the invoice itself keeps."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from payments.models import Invoice
from psqm_portal.core.files.storing import store_made
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import render

MAX_TRIES = 20


def waiting() -> list[int]:
    """Issued invoices without a PDF whose making hasn't failed too often."""
    return list(
        Invoice.objects.exclude(status=Invoice.Status.DRAFT)
        .filter(pdf=None, pdf_tries__lt=MAX_TRIES)
        .order_by("id")
        .values_list("id", flat=True)[:500]
    )


def make_pdf(invoice: Invoice, *, now: datetime) -> Invoice:
    """Make and keep the PDF. An invoice that has one, or isn't issued, is left as it is."""
    if invoice.pdf_id is not None or invoice.status == Invoice.Status.DRAFT:
        return invoice
    try:
        content = render(
            "payments/invoice_pdf.html", {"invoice": invoice, "lines": list(invoice.lines.all())}
        )
    except Exception as failed:
        Invoice.objects.filter(pk=invoice.pk).update(
            pdf_tries=F("pdf_tries") + 1, pdf_error=str(failed)[:500]
        )
        raise
    with transaction.atomic():
        locked = Invoice.objects.select_for_update().get(pk=invoice.pk)
        if locked.pdf_id is None:
            locked.pdf = store_made(
                content,
                name=f"{locked.number}.pdf",
                kind=StoredFile.Kind.PDF,
                owner=locked.submission.files_owner,
                now=now,
            )
            locked.pdf_error = ""
            locked.save(update_fields=["pdf", "pdf_error"])
    return locked
