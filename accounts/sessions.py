"""How long a session lives, and what ends it before its time (S12, S13). Why these times: decision 0060."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Session, User
from accounts.queries import is_staff_of_hq


@dataclass(frozen=True, slots=True)
class Life:
    """``idle``: since its person last did something; ``whole``: since the sign-in, whatever they do."""

    idle: timedelta
    whole: timedelta


HQ = Life(idle=timedelta(hours=1), whole=timedelta(hours=12))
OTHERS = Life(idle=timedelta(hours=12), whole=timedelta(days=14))
# How exact ``seen_at`` is: a page costs no write for every click.
EXACT_TO = timedelta(minutes=1)


def life_of(user: User) -> Life:
    """By what the person is now: whoever starts in HQ has HQ's at the next request."""
    return HQ if is_staff_of_hq(user) else OTHERS


@dataclass(frozen=True, slots=True)
class Left:
    """How long a session still has; ``can_be_longer`` where doing something moves the end on."""

    time: timedelta
    can_be_longer: bool

    @property
    def is_over(self) -> bool:
        return self.time <= timedelta(0)

    @property
    def seconds(self) -> int:
        return int(self.time.total_seconds())


def left(row: Session, life: Life, now: datetime) -> Left:
    idle, whole = row.seen_at + life.idle - now, row.started_at + life.whole - now
    return Left(min(idle, whole), can_be_longer=idle < whole)


def in_words(time: timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    if hours >= 48:
        return f"{hours // 24} days"
    return "an hour" if hours == 1 else f"{hours} hours"


def stay(request: HttpRequest, now: datetime) -> Left:
    """Somebody pressed the button: that is more than a page asking by itself."""
    store: Any = request.session
    store.touch(now)
    return left(store.row, life_of(request.user), now)  # type: ignore[arg-type]  # a signed-in person


def end(user: User, handle: str, *, but: str | None) -> bool:
    """Ends one of a person's own sessions; False where they have none of that name, or it is ``but``."""
    for row in Session.objects.filter(person=user).exclude(session_key=but or ""):
        if row.handle == handle:
            row.delete()
            return True
    return False


def end_all_but(user: User, session_key: str | None) -> int:
    return Session.objects.filter(person=user).exclude(session_key=session_key or "").delete()[0]


def clear(now: datetime) -> int:
    """Rows that nobody can use any more."""
    return (
        Session.objects.filter(expire_date__lte=now).delete()[0]
        + (Session.objects.filter(person__isnull=False, started_at__lte=now - OTHERS.whole).delete()[0])
    )


@receiver(user_logged_in)
def note_browser(request: HttpRequest, **_: Any) -> None:
    """For the page where people look for a browser that isn't theirs."""
    row = getattr(request.session, "row", None)
    if row is None:
        return
    try:
        row.address = get_adapter().get_client_ip(request)
    except PermissionDenied:  # nobody's line: the command line, a test
        row.address = None
    row.browser = request.META.get("HTTP_USER_AGENT", "")[:200]


@receiver([authenticator_added, password_changed, password_reset, password_set])
def end_other_sessions(request: HttpRequest, user: User, **_: Any) -> None:
    """A new secret counts everywhere: a session that was opened without it ends."""
    end_all_but(user, request.session.session_key)
