"""Sending what was written. State is in the row: a doubled task sends nothing, a killed one sends again."""

from datetime import datetime, timedelta

from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q

from messaging.domain.bounces import suppress
from messaging.domain.mail import REMOVED
from messaging.models import Email, Suppression
from messaging.registers import reply_addresses, still_wanted

STALE = timedelta(minutes=10)
# Shorter than the five minutes in which what the broker lost has to be asked for again (R13).
ASK_AGAIN = timedelta(minutes=4)
BATCH = 2000
BLOCKED = "Nothing is sent to this address: "
REFUSED = "The mail provider refuses this address."


def wait_after(tries: int) -> timedelta:
    """1, 2, 4, 8, 16, then 30 minutes: 48 tries last about 22 hours."""
    return timedelta(minutes=min(2 ** (tries - 1), 30))


def deliver(email_id: int, *, now: datetime) -> bool:
    """Claims the mail and sends it; False when somebody else has it, it is done, or its next try is later.

    The broker may hold several tasks for one mail: what counts is ``try_at``, so that they aren't all tries.
    Sending happens outside a transaction. What is known afterwards is written only while the claim is
    still ours: the sweep may have taken it back.
    """
    waiting = Email.objects.filter(pk=email_id, state=Email.State.WAITING, try_at__lte=now)
    claimed = waiting.update(state=Email.State.SENDING, claimed_at=now, tries=F("tries") + 1)
    if not claimed:
        return False
    email = Email.objects.get(pk=email_id)
    ours = Email.objects.filter(pk=email_id, state=Email.State.SENDING, claimed_at=now)
    asks = still_wanted.get(email.template)
    if asks is not None and not asks(email, now):
        ours.update(state=Email.State.DROPPED, claimed_at=None)
        return False
    if (reason := _blocked(email)) is not None:
        ours.update(**_for_good(email, reason))
        return False
    try:
        provider_id = _send(email)
    except AnymailRecipientsRefused:
        # The provider itself sends nothing there any more; trying again would change nothing.
        suppress(email.to, Suppression.Why.BOUNCE, detail=REFUSED, happened_at=now, now=now)
        ours.update(**_for_good(email, REFUSED))
        return False
    except Exception as error:  # noqa: BLE001 - whatever a mail server or backend throws, the mail waits
        ours.update(**_after_failure(email, error, now=now))
        return False
    done: dict[str, object] = {"state": Email.State.SENT, "sent_at": now, "last_error": ""}
    done["provider_id"] = provider_id[:200]
    if email.secret and not settings.KEEP_SECRET_MAIL:
        done |= {"text": REMOVED, "html": ""}
    ours.update(**done)
    return True


def _blocked(email: Email) -> str | None:
    row = Suppression.objects.filter(address=email.to.lower(), lifted_at=None).first()
    return None if row is None else f"{BLOCKED}{row.get_why_display().lower()}."


def _send(email: Email) -> str:
    """The provider's own number for the mail; "" where there is none."""
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        to=[email.to],
        # One id for every try, so that a mailbox can tell a repeated mail.
        reply_to=_reply_to(email),
        headers={"Message-ID": f"<{email.pk}.{email.written_at:%Y%m%d%H%M%S}@{_domain()}>"},
    )
    # A provider gives this back with what it reports of the mail.
    message.metadata = {"email_id": str(email.pk)}  # type: ignore[attr-defined]  # anymail's
    if email.html:
        message.attach_alternative(email.html, "text/html")
    message.send()
    status = getattr(message, "anymail_status", None)
    number = getattr(status, "message_id", "")
    return number if isinstance(number, str) else ""


def _reply_to(email: Email) -> list[str] | None:
    asks = reply_addresses.get(email.template)
    address = asks(email) if asks is not None else ""
    return [address] if address else None


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"


def _after_failure(email: Email, error: Exception, *, now: datetime) -> dict[str, object]:
    # A mail server's answer may repeat what it was sent; a secret mail keeps only the error's name.
    words = type(error).__name__ if email.secret else f"{type(error).__name__}: {error}"[:2000]
    if email.tries >= settings.MAIL_MAX_TRIES:
        return _for_good(email, words)
    return {
        "state": Email.State.WAITING,
        "claimed_at": None,
        "try_at": now + wait_after(email.tries),
        "asked_at": None,
        "last_error": words,
    }


def _for_good(email: Email, words: str) -> dict[str, object]:
    """A secret that can't arrive any more isn't kept either."""
    failed: dict[str, object] = {"state": Email.State.FAILED, "claimed_at": None, "last_error": words}
    if email.secret and not settings.KEEP_SECRET_MAIL:
        failed |= {"text": REMOVED, "html": ""}
    return failed


def take_back_stale(now: datetime) -> int:
    """Mails whose worker died while sending wait again."""
    return Email.objects.filter(state=Email.State.SENDING, claimed_at__lt=now - STALE).update(
        state=Email.State.WAITING, claimed_at=None, asked_at=None, try_at=now
    )


@transaction.atomic
def due(now: datetime) -> list[int]:
    """Mails to ask for now, oldest first; each once in four minutes, so that a long queue stays short."""
    not_asked = Q(asked_at=None) | Q(asked_at__lte=now - ASK_AGAIN)
    rows = Email.objects.filter(not_asked, state=Email.State.WAITING, try_at__lte=now)
    ids = list(rows.order_by("try_at", "id").values_list("pk", flat=True)[:BATCH])
    Email.objects.filter(pk__in=ids, state=Email.State.WAITING).update(asked_at=now)
    return ids
