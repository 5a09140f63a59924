"""When a school's invoice is due, for who pays it; no amounts, as calendars lie about on many devices."""

from datetime import UTC, datetime, time

from django.db.models import Exists, F, OuterRef
from django.urls import reverse

from accounts.models import User
from payments.models import Invoice
from psqm_portal.core.calendars import Dated, calendar_source
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership


@calendar_source
def of_payers(user: User) -> list[Dated]:
    """Invoices that are out and not paid, of the schools a person pays for; not all of them, for HQ."""
    pays = SchoolMembership.objects.current().filter(
        user=user,
        school_id=OuterRef("submission__school_id"),
        role__in=[Role.HEADTEACHER.value, Role.SCHOOL_FINANCE.value],
    )
    rows = Invoice.objects.filter(Exists(pays), status=Invoice.Status.ISSUED, total__gt=F("paid"))
    return [
        Dated(
            key=f"invoice-{row.pk}",
            title=f"Pay invoice {row.number}",
            day=row.due_on,
            url=reverse("invoice", args=[row.pk]),
            changed_at=datetime.combine(row.issued_on, time.min, tzinfo=UTC),
            round=row.submission.round.name,
            about=(row.submission.school.name,),
        )
        for row in rows.select_related("submission__school", "submission__round")
        if row.due_on and row.issued_on
    ]
