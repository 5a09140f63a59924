"""What came in for the invoices, and what was paid to hub leaders."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from payments.domain.invoices import record_payment
from payments.models import Earning, Invoice
from psqm_portal.core.clock import LONDON, london_day
from psqm_portal.demo.story.joining import Tale
from rounds.models import Round

# How the invoices of a round fare, in turn: days until they are paid, and the share of them.
PROMPT: Sequence[tuple[int, str] | None] = ((12, "1"), (27, "1"), (19, "1"), (41, "1"), (8, "1"))
MIXED: Sequence[tuple[int, str] | None] = (
    (21, "0.5"),
    (16, "1"),
    (25, "1"),
    (9, "1"),
    None,
    (33, "1"),
    (14, "1"),
)


def settle(tales: Sequence[Tale], ways: Sequence[tuple[int, str] | None]) -> None:
    """Payments of these schools' invoices, recorded by finance a day after they came in."""
    for number, tale in enumerate(tales):
        way = ways[number % len(ways)]
        # A deferred school's invoice went along to its later round.
        invoice = Invoice.objects.filter(submission=tale.submission).first()
        if way is None or invoice is None or invoice.issued_on is None:
            continue
        days, share = way
        came = invoice.issued_on + timedelta(days=days)
        if came < london_day(tale.cast.now):
            _receive(tale, invoice, invoice.total * Decimal(share), came)


def overpay(tale: Tale) -> None:
    """A school paid twice: the second amount stays on the invoice as overpaid."""
    invoice = Invoice.objects.get(submission=tale.submission)
    if invoice.issued_on is not None and invoice.status == Invoice.Status.PAID:
        _receive(tale, invoice, Decimal("50.00"), invoice.issued_on + timedelta(days=45))


def _receive(tale: Tale, invoice: Invoice, amount: Decimal, came: date) -> None:
    at = datetime(came.year, came.month, came.day, 10, 20, tzinfo=LONDON) + timedelta(days=1)
    record_payment(
        invoice,
        amount=amount.quantize(Decimal("0.01")),
        received_on=came,
        reference=f"BACS {invoice.number} {tale.people.school.name[:18].upper()}",
        key=UUID(int=tale.cast.random.getrandbits(128), version=4),
        by=tale.cast.finance,
        now=min(at, tale.cast.now),
    )


def pay_leaders(round_: Round, now: datetime) -> None:
    """The University paid what hub leaders had earned until the summer before last month."""
    paid_on = london_day(now) - timedelta(days=20)
    Earning.objects.filter(
        submission__round=round_, earned_at__lt=now - timedelta(days=60), payee__isnull=False
    ).update(paid_on=paid_on)
