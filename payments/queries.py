"""Reading money: who sees which invoice and line, and the sums that lists show."""

from datetime import date

from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import HQMembership, User
from hubs.models import HubMembership
from payments.models import Earning, Invoice
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership


def _handles_money(user: User) -> Exists:
    return Exists(
        HQMembership.objects.current().filter(
            user=user, role__in=[Role.HQ_ADMIN.value, Role.HQ_FINANCE.value]
        )
    )


def visible_to(user: User) -> QuerySet[Invoice]:
    """Invoices of the schools where a person is headteacher or finance contact; all for HQ's money people."""
    pays = SchoolMembership.objects.current().filter(
        user=user,
        school_id=OuterRef("submission__school_id"),
        role__in=[Role.HEADTEACHER.value, Role.SCHOOL_FINANCE.value],
    )
    return Invoice.objects.filter(Exists(pays) | _handles_money(user))


def pays_for_a_school(user: User) -> bool:
    return (
        SchoolMembership.objects.current()
        .filter(user=user, role__in=[Role.HEADTEACHER.value, Role.SCHOOL_FINANCE.value])
        .exists()
    )


# The list's filter: a value, its words, and which invoices it means on a day.
STATES = {
    "held_back": "Held back",
    "open": "Waiting for payment",
    "overdue": "Overdue",
    "part_paid": "Part paid",
    "paid": "Paid",
    "overpaid": "Overpaid",
}


def in_state(invoices: QuerySet[Invoice], state: str, today: date) -> QuerySet[Invoice]:
    issued = Q(status=Invoice.Status.ISSUED)
    conditions = {
        "held_back": Q(status=Invoice.Status.DRAFT),
        "open": issued,
        "overdue": issued & Q(due_on__lt=today),
        "part_paid": issued & Q(paid__gt=0),
        "paid": Q(status=Invoice.Status.PAID),
        "overpaid": Q(paid__gt=F("total"), status=Invoice.Status.PAID),
    }
    return invoices.filter(conditions[state]) if state in conditions else invoices


def state_of(invoice: Invoice, today: date) -> str:
    """The one word a list shows; its words and colours are in the status tag."""
    if invoice.status != Invoice.Status.ISSUED:
        return "held_back" if invoice.status == Invoice.Status.DRAFT else "paid"
    if invoice.due_on is not None and invoice.due_on < today:
        return "overdue"
    return "part_paid" if invoice.paid else "issued"


def found(invoices: QuerySet[Invoice], text: str) -> QuerySet[Invoice]:
    """Invoices with the text in their number, school, payer or order number."""
    text = text.strip()
    if not text:
        return invoices
    return invoices.filter(
        Q(number__icontains=text)
        | Q(submission__school__name__icontains=text)
        | Q(payer_name__icontains=text)
        | Q(order_number__icontains=text)
    )


def totals(invoices: QuerySet[Invoice]) -> dict[str, object]:
    """Asked for, received and owed, over what was issued."""
    issued = invoices.exclude(status=Invoice.Status.DRAFT).order_by()
    return issued.aggregate(
        count=Count("id"),
        asked=_sum("total"),
        received=_sum("paid"),
        owed=_sum(F("total") - F("paid"), Q(paid__lt=F("total"))),
    )


def _sum(what: str | Combinable, only: Q | None = None) -> Coalesce:
    money: DecimalField = DecimalField(max_digits=12, decimal_places=2)
    return Coalesce(Sum(what, filter=only, output_field=money), 0, output_field=money)


# How the history names what a move did.
HAPPENED = {
    "make": "Made",
    "set_order_number": "Order number changed",
    "issue": "Issued",
    "record_payment": "Payment recorded",
    "go_along": "Moved to a later round with the work",
}


def history_of(invoice: Invoice) -> QuerySet[HistoryEntry]:
    return HistoryEntry.objects.filter(machine="invoice", subject_id=invoice.pk).select_related("by")


def earnings_visible_to(user: User) -> QuerySet[Earning]:
    """A person's own lines; all for HQ's money people."""
    return Earning.objects.filter(Q(payee=user) | _handles_money(user))


def owed(lines: QuerySet[Earning]) -> QuerySet[Earning]:
    """What is to be paid: unpaid lines with somebody to pay."""
    return lines.filter(paid_on=None, payee__isnull=False)


def by_leader(lines: QuerySet[Earning]) -> QuerySet[User]:
    """People with their sums over these lines: ``reference``, ``lines``, ``owed``, ``paid_sum``."""
    reference = (
        HubMembership.objects.filter(user=OuterRef("pk"))
        .exclude(payee_reference="")
        .order_by(F("ended_at").desc(nulls_first=True), "-started_at")
        .values("payee_reference")
    )
    theirs = lines.filter(payee=OuterRef("pk")).order_by().values("payee")
    money: DecimalField = DecimalField(max_digits=12, decimal_places=2)

    def total(rows: QuerySet) -> Coalesce:
        return Coalesce(Subquery(rows.annotate(sum=Sum("amount")).values("sum")), 0, output_field=money)

    return (
        User.objects.filter(Exists(theirs))
        .annotate(
            reference=Coalesce(Subquery(reference[:1]), Value("")),
            lines=Coalesce(Subquery(theirs.annotate(n=Count("pk")).values("n")), 0),
            owed=total(theirs.filter(paid_on=None)),
            paid_sum=total(theirs.filter(paid_on__isnull=False)),
        )
        .order_by("name", "pk")
    )


def earning_totals(lines: QuerySet[Earning]) -> dict[str, object]:
    return lines.order_by().aggregate(
        count=Count("id"),
        earned=_sum("amount"),
        owed=_sum("amount", Q(paid_on=None, payee__isnull=False)),
        paid=_sum("amount", Q(paid_on__isnull=False)),
        without_leader=Count("id", filter=Q(payee=None)),
    )
