"""Sending what was written. State is in the row: a doubled task sends nothing, a killed one sends again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.queries import hq_roles
from messaging.domain.mail import REMOVED
from messaging.models import Email
from messaging.registers import still_wanted
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role

STALE = timedelta(minutes=10)
ASK_AGAIN = timedelta(minutes=10)
BATCH = 500


def wait_after(tries: int) -> timedelta:
    """1, 2, 4, 8, 16, then 30 minutes: 48 tries last about 22 hours."""
    return timedelta(minutes=min(2 ** (tries - 1), 30))


def deliver(email_id: int, *, now: datetime) -> bool:
    """Claims the mail and sends it; False when somebody else has it or it is done.

    Sending happens outside a transaction. What is known afterwards is written only while the claim is
    still ours: the sweep may have taken it back.
    """
    claimed = Email.objects.filter(pk=email_id, state=Email.State.WAITING).update(
        state=Email.State.SENDING, claimed_at=now, tries=F("tries") + 1
    )
    if not claimed:
        return False
    email = Email.objects.get(pk=email_id)
    ours = Email.objects.filter(pk=email_id, state=Email.State.SENDING, claimed_at=now)
    asks = still_wanted.get(email.template)
    if asks is not None and not asks(email, now):
        ours.update(state=Email.State.DROPPED, claimed_at=None)
        return False
    try:
        _send(email)
    except Exception as error:  # noqa: BLE001 - whatever a mail server or backend throws, the mail waits
        ours.update(**_after_failure(email, error, now=now))
        return False
    done: dict[str, object] = {"state": Email.State.SENT, "sent_at": now, "last_error": ""}
    if email.secret and not settings.KEEP_SECRET_MAIL:
        done |= {"text": REMOVED, "html": ""}
    ours.update(**done)
    return True


def _send(email: Email) -> None:
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        to=[email.to],
        # One id for every try, so that a mailbox can tell a repeated mail.
        headers={"Message-ID": f"<{email.pk}.{email.written_at:%Y%m%d%H%M%S}@{_domain()}>"},
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    message.send()


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"


def _after_failure(email: Email, error: Exception, *, now: datetime) -> dict[str, object]:
    # A mail server's answer may repeat what it was sent; a secret mail keeps only the error's name.
    words = type(error).__name__ if email.secret else f"{type(error).__name__}: {error}"[:2000]
    if email.tries >= settings.MAIL_MAX_TRIES:
        return {"state": Email.State.FAILED, "claimed_at": None, "last_error": words}
    return {
        "state": Email.State.WAITING,
        "claimed_at": None,
        "try_at": now + wait_after(email.tries),
        "last_error": words,
    }


def take_back_stale(now: datetime) -> int:
    """Mails whose worker died while sending wait again."""
    return Email.objects.filter(state=Email.State.SENDING, claimed_at__lt=now - STALE).update(
        state=Email.State.WAITING, claimed_at=None, try_at=now
    )


@transaction.atomic
def due(now: datetime) -> list[int]:
    """Mails to ask for now, oldest first; each once in ten minutes, so that a long queue stays short."""
    rows = Email.objects.filter(state=Email.State.WAITING, try_at__lte=now).order_by("try_at", "id")
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    Email.objects.filter(pk__in=ids, state=Email.State.WAITING).update(try_at=now + ASK_AGAIN)
    return ids


@transaction.atomic
def resend(email: Email, *, by: User, now: datetime) -> None:
    """HQ sends a failed mail once more, with all its tries."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    again = Email.objects.filter(pk=email.pk, state=Email.State.FAILED).update(
        state=Email.State.WAITING, tries=0, try_at=now
    )
    if not again:
        raise Refused("Only a mail that failed can be sent again.")
    events.publish("email.waiting", email, Occasion(by=by, now=now))
