"""An invoice's life: held back, issued, paid. Money that came in is added to it; nothing is edited."""

from datetime import date, timedelta

from accounts.models import HQMembership, User
from payments.domain.fees import charge, missing
from payments.domain.terms import fees_of
from payments.models import Invoice, InvoiceLine, Receipt
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Machine, Move, Occasion
from psqm_portal.core.models import Counter
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership
from submissions.models.submission import Status as SubmissionStatus

DRAFT, ISSUED, PAID = Invoice.Status.DRAFT, Invoice.Status.ISSUED, Invoice.Status.PAID
DAYS_TO_PAY = timedelta(days=30)

CLOCK = frozenset({Role.CLOCK})
MONEY = frozenset({Role.HQ_ADMIN, Role.HQ_FINANCE})
PAYERS = frozenset({Role.HEADTEACHER, Role.SCHOOL_FINANCE})


def roles_towards(user: User, invoice: Invoice) -> frozenset[Role]:
    """What a person is to an invoice at this moment."""
    held = (
        SchoolMembership.objects.current()
        .filter(user=user, school__submissions=invoice.submission_id)
        .values_list("role")
        .union(HQMembership.objects.current().filter(user=user).values_list("role"))
    )
    return frozenset(Role(role) for (role,) in held)


def financial_year(day: date) -> str:
    """April to March: "2627" for a day from 1 April 2026 to 31 March 2027."""
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first % 100:02d}{(first + 1) % 100:02d}"


def _take_number(day: date) -> str:
    year = financial_year(day)
    return f"PSQM-{year}-{Counter.take(f'invoice-{year}'):05d}"


def takes_part(invoice: Invoice, _: Occasion) -> str | None:
    if invoice.submission.status == SubmissionStatus.WITHDRAWN:
        return f"{invoice.submission.school} has withdrawn, so it isn't charged."
    return None


def nothing_missing(invoice: Invoice, _: Occasion) -> str | None:
    submission = invoice.submission
    sentences = [one.sentence for one in missing(submission, fees_of(submission.round))]
    return " ".join(sentences) or None


def _issue(invoice: Invoice, occasion: Occasion) -> None:
    fees = fees_of(invoice.submission.round)
    charged = charge(invoice.submission, fees)
    assert charged is not None, "nothing_missing has been asked"  # noqa: S101 - narrows the type
    InvoiceLine.objects.create(
        invoice=invoice,
        description=charged.description,
        net=charged.net,
        vat=charged.vat,
        vat_rate=charged.vat_rate,
        vat_amount=charged.vat_amount,
    )
    invoice.total = charged.gross
    invoice.sender, invoice.how_to_pay = fees.sender, fees.how_to_pay
    invoice.issued_on = london_day(occasion.now)
    invoice.due_on = invoice.issued_on + DAYS_TO_PAY
    invoice.number = _take_number(invoice.issued_on)
    if invoice.total == 0:
        invoice.status = PAID


def _receive(invoice: Invoice, occasion: Occasion) -> None:
    receipt: Receipt = occasion.given["receipt"]
    assert occasion.by is not None, "the clock records no payment"  # noqa: S101 - narrows the type
    receipt.invoice, receipt.recorded_by, receipt.recorded_at = invoice, occasion.by, occasion.now
    receipt.save()
    invoice.paid += receipt.amount
    if invoice.paid >= invoice.total:
        invoice.status = PAID


def is_an_amount(_: Invoice, occasion: Occasion) -> str | None:
    receipt = occasion.given.get("receipt")
    return "Enter an amount over £0." if receipt is not None and receipt.amount <= 0 else None


def not_in_the_future(_: Invoice, occasion: Occasion) -> str | None:
    receipt = occasion.given.get("receipt")
    if receipt is not None and receipt.received_on > london_day(occasion.now):
        return "Money can't have come in on a day that lies ahead."
    return None


def _order(invoice: Invoice, occasion: Occasion) -> None:
    invoice.order_number = occasion.given["order_number"]


def _go_along(invoice: Invoice, occasion: Occasion) -> None:
    invoice.submission = occasion.given["submission"]


# fmt: off
invoice_machine = Machine(
    "invoice",
    [
        Move("make", "Make the invoice", frozenset(), DRAFT, CLOCK),
        Move(
            "set_order_number", "Save the order number", frozenset({DRAFT}), None, MONEY | PAYERS,
            needs=("order_number",), effect=_order,
        ),
        Move(
            "issue", "Issue the invoice", frozenset({DRAFT}), ISSUED, CLOCK | MONEY,
            guards=(takes_part, nothing_missing), effect=_issue,
        ),
        # More than was asked for may come in, and later: it is recorded and shown as overpaid.
        Move(
            "record_payment", "Record a payment", frozenset({ISSUED, PAID}), None, MONEY,
            needs=("receipt",), guards=(is_an_amount, not_in_the_future), effect=_receive,
        ),
        # The one change after issue: a deferred school's invoice follows its work.
        Move(
            "go_along", "Follow the work to a later round", frozenset({DRAFT, ISSUED, PAID}), None, CLOCK,
            needs=("submission",), effect=_go_along,
        ),
    ],
    roles=roles_towards,
    label=lambda status: Invoice.Status(status).label.lower(),
)
# fmt: on
