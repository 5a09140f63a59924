"""Who hears of an invoice."""

from datetime import datetime

from accounts.models import User
from messaging.domain.mail import write
from payments.models import Invoice
from psqm_portal.core.roles import Role
from submissions.queries import school_people


def tell_payer(invoice: Invoice, *, now: datetime) -> None:
    """One mail each to the finance contact, else the headteacher, with the headteachers copied; once."""
    submission = invoice.submission
    heads = list(school_people(submission, Role.HEADTEACHER))
    people: dict[str, User | str] = {head.email: head for head in heads}
    if not heads and submission.registration is not None:
        address = submission.registration.headteacher_email.lower()
        people[address] = _person(address)
    contact = invoice.contact_email.lower()
    if contact:
        people.setdefault(contact, _person(contact))
    for address, person in people.items():
        write(
            "payments/mail/invoice_issued",
            to=person,
            now=now,
            context={
                "invoice": invoice,
                "submission": submission,
                "url": invoice.get_absolute_url(),
                "is_copy": bool(contact) and address != contact,
            },
            about=f"invoice:{invoice.pk}",
            once=f"invoice:{invoice.pk}:issued:{address}",
        )


def _person(address: str) -> User | str:
    return User.objects.filter(email=address).first() or address
