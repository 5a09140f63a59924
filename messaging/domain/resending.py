"""HQ sends mails once more: those that failed or came back, to the address that their person has now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import User
from accounts.queries import hq_roles
from messaging.domain.mail import REMOVED
from messaging.models import Email, Suppression
from psqm_portal.core import events, log
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role

MOST = 500
AGAIN = frozenset({Email.State.FAILED, Email.State.BOUNCED})


@dataclass(frozen=True, slots=True)
class Row:
    """One mail, where it would go, and why it can't ("" = it can)."""

    email: Email
    to: str
    why_not: str


def plan(emails: QuerySet[Email]) -> list[Row]:
    """What sending these again would do, newest first; two queries."""
    known = emails.select_related("recipient").annotate(
        is_gone=ExpressionWrapper(Q(text=REMOVED), output_field=BooleanField())
    )
    rows = list(known.defer("text", "html")[:MOST])
    addresses = {_address(email).lower() for email in rows}
    blocked = Suppression.objects.filter(address__in=addresses, lifted_at=None)
    dead = set(blocked.values_list("address", flat=True))
    return [Row(email, _address(email), _why_not(email, dead)) for email in rows]


def _address(email: Email) -> str:
    return email.recipient.email if email.recipient is not None else email.to


def _why_not(email: Email, dead: set[str]) -> str:
    if email.state not in AGAIN:
        return {
            Email.State.SENT: "It was sent.",
            Email.State.DROPPED: "It isn't needed any more.",
        }.get(Email.State(email.state), "It waits to be sent already.")
    if email.is_gone:  # type: ignore[attr-defined]  # annotated
        return "It carried a link or code that is gone. Make a new one where this one was made."
    if email.recipient is not None and not email.recipient.is_active:
        return "The account is closed."
    if _address(email).lower() in dead:
        return "Nothing is sent to this address until you lift that."
    return ""


def resend(emails: QuerySet[Email], *, by: User, now: datetime) -> int:
    """Each with all its tries, to the address of today; those that can't go stay as they are."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    with transaction.atomic():
        # Plain rows first: PostgreSQL locks no row that an outer join may lack.
        locked = list(emails.order_by("pk").select_for_update().values_list("pk", flat=True)[:MOST])
        rows = [row for row in plan(Email.objects.filter(pk__in=locked)) if not row.why_not]
        for row in rows:
            _wait(row, now=now)
        log.write_many(log.entry("mail.resend", by=by, now=now, about=f"mail:{row.email.pk}") for row in rows)
        _tell(rows, by=by, now=now)
    return len(rows)


def resend_one(email: Email, *, by: User, now: datetime) -> None:
    """Raises Refused with the reason."""
    if resend(Email.objects.filter(pk=email.pk), by=by, now=now):
        return
    raise Refused(plan(Email.objects.filter(pk=email.pk))[0].why_not)


def _wait(row: Row, *, now: datetime) -> None:
    email = row.email
    email.to, email.state, email.tries = row.to, Email.State.WAITING, 0
    email.sent_at, email.try_at, email.asked_at = None, now, None
    email.save(update_fields=["to", "state", "tries", "sent_at", "try_at", "asked_at"])


def _tell(rows: Iterable[Row], *, by: User, now: datetime) -> None:
    for row in rows:
        events.publish("email.waiting", row.email, Occasion(by=by, now=now))
