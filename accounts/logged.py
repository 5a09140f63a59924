"""What the log says of signing in and of what an account is protected by (S33)."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest

from accounts.models import User
from psqm_portal.core import log
from psqm_portal.core.clock import now

log.follow(
    *("invitation.made", "invitation.accepted", "invitation.withdrawn"),
    *("hq_membership.started", "hq_membership.ended"),
)


def _write(action: str, request: HttpRequest | None, person: Any, detail: str = "") -> None:
    """``by`` is who is signed in: on the sign-in page nobody, whoever they say they are."""
    user = getattr(request, "user", None)
    by = user.pk if user is not None and user.is_authenticated else None
    about = f"person:{person.pk}" if isinstance(person, User) else ""
    log.write(action, by=by, now=now(), about=about, detail=detail)


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    records = get_authentication_records(request) if hasattr(request, "session") else []
    how = ", ".join(str(record.get("method", "")) for record in records)
    log.write("session.signed_in", by=user, now=now(), about=f"person:{user.pk}", detail=how)


def _signed_out(user: User | None, **_: Any) -> None:
    if isinstance(user, User):
        log.write("session.signed_out", by=user, now=now(), about=f"person:{user.pk}")


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Whom it was tried with, where that is somebody; what was typed is kept nowhere."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    known = User.objects.filter(email=typed.strip().lower()).first()
    _write("session.failed", request, known, "password")


def blocked(request: HttpRequest) -> None:
    """Guessing that wasn't even looked at any more (S08)."""
    _write("session.blocked", request, None)


def _on(signal: Signal, action: str, detail: str = "", *, own: bool = False) -> None:
    """``own``: nobody else could have done it, also where it has just signed them out."""

    def tell(request: HttpRequest | None = None, **given: Any) -> None:
        person = given.get("user") or getattr(given.get("email_address"), "user", None)
        words = detail or getattr(given.get("authenticator"), "type", "")
        if own and isinstance(person, User):
            log.write(action, by=person, now=now(), about=f"person:{person.pk}", detail=words)
        else:
            _write(action, request, person, words)

    signal.connect(tell, weak=False, dispatch_uid=f"log {action} {detail}")


user_logged_in.connect(_signed_in, dispatch_uid="log")
user_logged_out.connect(_signed_out, dispatch_uid="log")
user_login_failed.connect(_failed, dispatch_uid="log")
_on(account.login_code_rejected, "session.failed", "code")
_on(mfa.authentication_failed, "second_factor.failed")
_on(mfa.authenticator_added, "second_factor.added")
_on(mfa.authenticator_removed, "second_factor.removed")
_on(mfa.authenticator_reset, "second_factor.renewed")
_on(account.password_set, "password.set", own=True)
_on(account.password_changed, "password.changed", own=True)
_on(account.password_reset, "password.reset")
_on(account.email_added, "email.added")
_on(account.email_confirmed, "email.confirmed")
_on(account.email_changed, "email.changed")
_on(account.email_removed, "email.removed")
