"""The mails about money."""

from collections.abc import Mapping, Sequence
from typing import Any

from messaging.registers import MailField, MailKind, at, mail_kind
from payments.models import Invoice

NEWEST = 5


def _invoices() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Invoice.objects.filter(number__isnull=False).select_related(
        "submission__school", "submission__round"
    )
    return [
        (
            f"{row.number}, {row.submission.school}",
            {
                "invoice": row,
                "submission": row.submission,
                "url": row.get_absolute_url(),
                "is_copy": bool(row.contact_email),
            },
        )
        for row in rows.order_by("-pk")[:NEWEST]
    ]


def _contact(context: Mapping[str, Any]) -> object:
    return context["invoice"].contact_email if context["is_copy"] else ""


mail_kind(
    MailKind(
        "payments/mail/invoice_issued",
        "Money",
        "An invoice",
        "To the school’s finance contact, with the headteachers copied, when an invoice is issued.",
        fields=(
            MailField("school", "The school", at("submission.school")),
            MailField("round", "The round", at("submission.round")),
            MailField("number", "The invoice’s number", at("invoice.number")),
            MailField("payer", "Who it is addressed to", at("invoice.payer_name")),
            MailField("amount", "What is to be paid", at("invoice.total")),
            MailField("due", "The last day to pay", at("invoice.due_on")),
            MailField(
                "contact",
                "Who gets the invoice to pay it; empty in the mail that they get themselves",
                _contact,
            ),
        ),
        keep=("school", "number"),
        examples=_invoices,
    )
)
