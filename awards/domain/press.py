"""The press release of an award: HQ's words, or the shipped ones, with the award's facts filled in."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from awards.domain.certificates import public_url
from awards.models import Award, PressText
from messaging.domain.wording import Wording, as_text, pieces_of, strange_fields
from psqm_portal.core import log, seen
from psqm_portal.core.machine import Refused

# What the words may name; HQ's page lists them.
FIELDS: dict[str, str] = {
    "school": "The school, as on its certificate",
    "town": "The school’s town",
    "level": "The level",
    "round": "The round; empty for some awards from before the portal",
    "awarded": "The day of the award",
    "until": "The last day on which it is valid",
    "number": "The award’s number",
    "link": "The public page that proves the award",
    "website": "The portal’s public address",
    "email": "HQ’s email address",
}
LONGEST = 6000
SHIPPED = Path(settings.BASE_DIR) / "templates/awards/share/press_release.txt"


def text() -> str:
    row = PressText.objects.first()
    return row.text if row else SHIPPED.read_text()


def filled(award: Award) -> str:
    values: dict[str, Any] = {
        "school": award.school_name,
        "town": award.school.town,
        "level": award.level.name,
        "round": award.round_name,
        "awarded": award.awarded_on,
        "until": award.valid_until,
        "number": award.number,
        "link": public_url(award),
        "website": settings.PORTAL_ORIGIN,
        "email": settings.SUPPORT_EMAIL,
    }
    return as_text(pieces_of(Wording("", text()), values))


@transaction.atomic
def save(words: str, *, by: User, now: datetime, seen_mark: str = "") -> PressText:
    """Raises Refused for a field that there isn't, OutOfDate over newer words."""
    if not by.has_perm("awards.run"):
        raise PermissionDenied
    if strange := strange_fields(words, FIELDS):
        raise Refused(f"{strange[0]} isn’t a field of the press release. Use one of those on the list.")
    row = PressText.objects.select_for_update().first()
    seen.check({"text": row.text if row else text()}, {"text": words}, seen=seen_mark)
    row = row or PressText(pk=1)
    row.text, row.changed_by, row.changed_at = words, by, now
    row.save()
    log.write("press_text.change", by=by, now=now)
    return row
