"""What a person typed into a form and hasn't sent: kept for them alone, gone once the form was sent.

A form is named by the address it is sent to. It carries a signed hidden field (``{% sending_key %}``) that
names its person: sent after the session ended, it keeps its words for that person without letting anybody in.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.http import QueryDict

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import Draft

if TYPE_CHECKING:
    from accounts.models import User

FIELD = "_draft"
KEPT_FOR = timedelta(days=30)
MOST_BYTES = 64 * 1024
MOST = 200
LONGEST_NAME = 200
# Never kept: what is no words, or nobody's business.
_PRIVATE = {"csrfmiddlewaretoken", "_sending", "_scripts", FIELD}
_signer = signing.TimestampSigner(salt="psqm.draft")

Fields = dict[str, list[str]]


def token_for(person_id: int) -> str:
    return _signer.sign(str(person_id))


def person_of(token: str) -> int | None:
    """Whose form it is, or None where the token isn't ours or is too old."""
    try:
        return int(_signer.unsign(token, max_age=KEPT_FOR))
    except signing.BadSignature:
        return None


def words_in(post: QueryDict) -> Fields:
    """What a sent form holds of a person's words."""
    return {
        name: [str(value) for value in post.getlist(name)]
        for name in post
        if name not in _PRIVATE and "password" not in name
    }


def keep(person_id: int, form: str, fields: Mapping[str, Any], *, now: datetime) -> Draft:
    """Raises Refused where it is more than we keep; the browser then keeps it alone."""
    if not form or len(form) > LONGEST_NAME or len(json.dumps(fields)) > MOST_BYTES:
        raise Refused("This is too long to keep until you send it.")
    mine = Draft.objects.filter(person_id=person_id)
    if not mine.filter(form=form).exists() and mine.count() >= MOST:
        raise Refused("You have begun too many forms. Send some of them first.")
    draft, _ = Draft.objects.update_or_create(
        person_id=person_id, form=form, defaults={"fields": dict(fields), "saved_at": now}
    )
    return draft


def kept(person: "User", forms: Iterable[str]) -> list[Draft]:
    return list(Draft.objects.filter(person=person, form__in=list(forms)[:50]))


def drop(person_id: int, form: str) -> None:
    Draft.objects.filter(person_id=person_id, form=form).delete()


def sweep(now: datetime) -> None:
    Draft.objects.filter(saved_at__lt=now - KEPT_FOR).delete()
