"""One sending of one form happens once (R02): the second of the same finds what the first one led to.

A form carries a key of its own for each time it is shown (``{% sending_key %}``). What was sent is part of
the key that is kept, so a page that was gone back to and changed is a new sending.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest

from psqm_portal.core.models import Sending

if TYPE_CHECKING:
    from accounts.models import User

FIELD = "_sending"
KEY_LENGTH = 16
KEPT_FOR = timedelta(hours=24)
# A sending that is still without an answer after this long died with its process, and may run again.
GIVEN_UP = timedelta(seconds=60)
# Off only in a test, which shows that the row is what stops a second run.
guarding = True


def key_of(request: HttpRequest) -> str:
    """The form's own key and a digest of what was sent; empty where the form carries none."""
    key = str(request.POST.get(FIELD, ""))
    if len(key) != KEY_LENGTH or not key.isalnum():
        return ""
    digest = hashlib.sha256(request.get_full_path().encode())
    for name in sorted(request.POST):
        if name != "csrfmiddlewaretoken":
            digest.update(repr((name, request.POST.getlist(name))).encode())
    for name in sorted(request.FILES):
        files = request.FILES.getlist(name)
        digest.update(repr((name, [(one.name, one.size) for one in files])).encode())
    return key + digest.hexdigest()[:KEY_LENGTH]


def begin(person: "User", key: str, *, path: str, now: datetime) -> tuple[Sending, bool]:
    """The sending, and whether the caller is the one to run it."""
    sending, is_first = Sending.objects.get_or_create(
        person=person, key=key, defaults={"path": path[:500], "began_at": now}
    )
    if is_first or not guarding:
        return sending, True
    if sending.answer or now - sending.began_at < GIVEN_UP:
        return sending, False
    unanswered = Sending.objects.filter(pk=sending.pk, answer="", began_at=sending.began_at)
    return sending, bool(unanswered.update(began_at=now))


def answered(sending: Sending, answer: str) -> None:
    Sending.objects.filter(pk=sending.pk).update(answer=answer if len(answer) <= 500 else sending.path)


def freed(sending: Sending) -> None:
    """It led to nothing (a form with errors, a crash): the same key may try again."""
    Sending.objects.filter(pk=sending.pk).delete()


def sent(person: "User", keys: Iterable[str]) -> list[str]:
    """Which forms' keys led somewhere."""
    mine = Sending.objects.filter(person=person).exclude(answer="")
    return [
        key for key in list(keys)[:50] if len(key) == KEY_LENGTH and mine.filter(key__startswith=key).exists()
    ]


def has_begun(person: "User", key: str) -> bool:
    """A form's words that come after the form itself are no draft any more."""
    return len(key) == KEY_LENGTH and Sending.objects.filter(person=person, key__startswith=key).exists()


def sweep(now: datetime) -> None:
    Sending.objects.filter(began_at__lt=now - KEPT_FOR).delete()
