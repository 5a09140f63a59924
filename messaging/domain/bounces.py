"""Mail that came back, and addresses that nothing is sent to any more.

A provider tells us after it took a mail. A hard bounce or a complaint stops all mail to the address until
somebody lifts that; a soft one (a full mailbox) only sends the mail again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.queries import hq_roles
from messaging.models import Email, Suppression
from psqm_portal.core import log
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role

SOFT_WAIT = timedelta(minutes=30)
# How often a person may let us try their own address again.
OWN_LIFTS = timedelta(days=1)
_UNDER_WAY = frozenset({Email.State.SENT, Email.State.SENDING})


class Kind(StrEnum):
    SOFT = "soft"
    HARD = "hard"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of one mail. ``email_id``: our own number, where the provider gives it back."""

    kind: Kind
    address: str
    happened_at: datetime
    detail: str = ""
    provider_id: str = ""
    email_id: int | None = None


@transaction.atomic
def take_report(report: Report, *, now: datetime) -> None:
    """Told twice, or late, it is the same."""
    email = _email_of(report)
    if report.kind is Kind.SOFT:
        _send_again_or_give_up(email, report, now=now)
        return
    if email is not None and report.kind is Kind.HARD:
        _mark_bounced(email, report, now=now)
    suppress(
        report.address or (email.to if email else ""),
        Suppression.Why.COMPLAINT if report.kind is Kind.COMPLAINT else Suppression.Why.BOUNCE,
        detail=report.detail,
        happened_at=report.happened_at,
        now=now,
    )


def _email_of(report: Report) -> Email | None:
    """The row, locked. A provider may be quicker than our own note of its number."""
    rows = Email.objects.select_for_update()
    found = rows.filter(pk=report.email_id).first() if report.email_id else None
    if found is None and report.provider_id:
        found = rows.filter(provider_id=report.provider_id).first()
    # A number that somebody else's mail carries says nothing about ours.
    return found if found is None or not report.address or _same(found.to, report.address) else None


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


def _mark_bounced(email: Email, report: Report, *, now: datetime) -> None:
    if email.state not in _UNDER_WAY:
        return
    email.state = Email.State.BOUNCED
    email.sent_at = email.sent_at or now
    email.claimed_at = None
    email.last_error = report.detail[:2000]
    email.save(update_fields=["state", "sent_at", "claimed_at", "last_error"])


def _send_again_or_give_up(email: Email | None, report: Report, *, now: datetime) -> None:
    """A mail whose text went with its secret can't be sent again."""
    if email is None or email.state not in _UNDER_WAY or _is_older(report, email):
        return
    if email.tries >= settings.MAIL_MAX_TRIES or (email.secret and not settings.KEEP_SECRET_MAIL):
        _mark_bounced(email, report, now=now)
        return
    email.state, email.sent_at, email.claimed_at = Email.State.WAITING, None, None
    email.try_at, email.asked_at, email.last_error = now + SOFT_WAIT, None, report.detail[:2000]
    email.save(update_fields=["state", "sent_at", "claimed_at", "try_at", "asked_at", "last_error"])


def _is_older(report: Report, email: Email) -> bool:
    """A report of an earlier try than the one that was sent last."""
    return email.sent_at is not None and report.happened_at < email.sent_at


def suppress(
    address: str, why: Suppression.Why, *, detail: str, happened_at: datetime, now: datetime
) -> Suppression | None:
    """None where it was lifted after this happened. An address is suppressed once at a time."""
    address = address.strip().lower()
    if not address or Suppression.objects.filter(address=address, lifted_at__gte=happened_at).exists():
        return None
    row, is_new = Suppression.objects.get_or_create(
        address=address, lifted_at=None, defaults={"why": why, "detail": detail[:500], "since": now}
    )
    if is_new:
        log.write("suppression.made", by=None, now=now, about=f"suppression:{row.pk}", detail=str(why))
    return row


@transaction.atomic
def lift(row: Suppression, *, by: User, now: datetime) -> None:
    """HQ, or the person whose address it is, who may try it again once a day."""
    row = Suppression.objects.select_for_update().get(pk=row.pk)
    own = _same(by.email, row.address)
    if not own and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if row.lifted_at is not None:
        raise Refused("Mail goes to this address again already.")
    recent = Suppression.objects.filter(address=row.address, lifted_by=by, lifted_at__gt=now - OWN_LIFTS)
    if own and Role.HQ_ADMIN not in hq_roles(by) and recent.exists():
        raise Refused(
            "We tried this address again today and mail came back. Change your address, or try tomorrow."
        )
    row.lifted_at, row.lifted_by = now, by
    row.save(update_fields=["lifted_at", "lifted_by"])
    log.write("suppression.lifted", by=by, now=now, about=f"suppression:{row.pk}")
