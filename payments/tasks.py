from celery import shared_task
from django.db import transaction

from payments.domain import pdf
from payments.models import Invoice
from psqm_portal.core.clock import now


@shared_task
def make_invoice_pdf(invoice_id: int) -> None:
    """The invoice's row is the job: run twice, the second finds the PDF there."""
    pdf.make_pdf(
        Invoice.objects.select_related("submission__school", "submission__round").get(pk=invoice_id),
        now=now(),
    )


@shared_task
def sweep_invoice_pdfs() -> None:
    """Send again what no worker finished."""
    with transaction.atomic():
        for invoice_id in pdf.waiting():
            make_invoice_pdf.delay_on_commit(invoice_id)  # type: ignore[attr-defined]  # Celery's types don't know it
