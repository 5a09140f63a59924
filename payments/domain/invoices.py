"""What HQ, the school and the portal do with invoices."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import User
from hubs.models import Registration
from payments.domain.invoice_machine import invoice_machine
from payments.models import Invoice, Receipt
from psqm_portal.core.machine import Refused
from rounds.models import Round
from submissions.models import Submission


def make(submission: Submission, *, now: datetime) -> Invoice:
    """The invoice of an enrolment, issued at once unless a setting that it needs is missing."""
    registration = submission.registration
    # By its id: the submission must not remember the row as it was before it was issued.
    invoice = Invoice(submission_id=submission.pk, made_at=now, **_payer(submission, registration))
    invoice = invoice_machine.perform(invoice, "make", by=None, now=now)
    return issue_if_ready(invoice, by=None, now=now)


def _payer(submission: Submission, registration: Registration | None) -> dict[str, str]:
    """Who is asked to pay: the school, or the payer that the registration names."""
    school = submission.school
    payer = {"payer_name": school.name, "payer_address": "\n".join(school.address.splitlines()[1:])}
    if registration is None:
        return payer
    if registration.payer != Registration.Payer.SCHOOL and registration.payer_name.strip():
        payer = {"payer_name": registration.payer_name, "payer_address": registration.payer_address}
    finance = bool(registration.finance_email)
    return {
        **payer,
        "contact_name": registration.finance_name if finance else registration.headteacher_name,
        "contact_email": registration.finance_email if finance else registration.headteacher_email,
        "order_number": registration.order_number,
    }


def issue_if_ready(invoice: Invoice, *, by: User | None, now: datetime) -> Invoice:
    """Issue it; an invoice that isn't ready stays held back."""
    try:
        return invoice_machine.perform(invoice, "issue", by=by, now=now)
    except Refused:
        return invoice


def held_back(rounds: Iterable[Round]) -> list[Invoice]:
    return list(
        Invoice.objects.filter(status=Invoice.Status.DRAFT, submission__round__in=rounds)
        .select_related("submission__school", "submission__round")
        .order_by("id")
    )


def issue_held_back(round_: Round, *, by: User, now: datetime) -> list[Invoice]:
    """Issue every invoice of the round that is ready; each in its own transaction, so a stop loses none."""
    tried = (issue_if_ready(invoice, by=by, now=now) for invoice in held_back([round_]))
    return [invoice for invoice in tried if invoice.status != Invoice.Status.DRAFT]


def record_payment(
    invoice: Invoice,
    *,
    amount: Decimal,
    received_on: date,
    reference: str,
    key: UUID,
    by: User,
    now: datetime,
) -> Invoice:
    """Add money that came in. The same ``key`` again changes nothing and is no error."""
    receipt = Receipt(amount=amount, received_on=received_on, reference=reference.strip(), key=key)
    with transaction.atomic():
        # Two copies of one form take turns here, so that the second finds the first one's receipt.
        locked = Invoice.objects.select_for_update().get(pk=invoice.pk)
        known = Receipt.objects.filter(key=key).select_related("invoice").first()
        if known is not None:
            if known.invoice_id != locked.pk:
                raise Refused("This form has already been used for another invoice. Open it again.")
            return locked
        return invoice_machine.perform(locked, "record_payment", by=by, now=now, receipt=receipt)


def set_order_number(invoice: Invoice, order_number: str, *, by: User, now: datetime) -> Invoice:
    number = order_number.strip()
    if not number:
        raise Refused("Enter the order number.")
    return invoice_machine.perform(invoice, "set_order_number", by=by, now=now, order_number=number)


def go_along(copy: Submission, *, now: datetime) -> Invoice | None:
    """The invoice of a deferred submission follows its work; held back, it waits for the new round's fees."""
    invoice = Invoice.objects.filter(submission=copy.continues_id).first()
    if invoice is None:
        return None
    invoice = invoice_machine.perform(
        invoice, "go_along", by=None, now=now, submission=copy, reason=f"Deferred to {copy.round}."
    )
    return issue_if_ready(invoice, by=None, now=now) if invoice.status == Invoice.Status.DRAFT else invoice
