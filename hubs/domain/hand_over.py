"""What a hub's leader wants the next one to know. Notes are never edited: the newest of each stands."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from hubs.models import HandOverNote, Hub
from hubs.queries import roles_towards
from hubs.rules import WRITE_HAND_OVER
from psqm_portal.core import log, seen
from psqm_portal.core.machine import Refused
from schools.models import School, SchoolMembership


def standing(hub: Hub, school: School | None) -> HandOverNote | None:
    return HandOverNote.objects.filter(hub=hub, school=school).select_related("written_by").first()


def words_of(note: HandOverNote | None) -> dict[str, str]:
    """By the name of the form's field."""
    return {"text": note.text if note else ""}


@transaction.atomic
def write_note(
    hub: Hub, school: School | None, text: str, *, by: User, now: datetime, opened_with: str | None = None
) -> HandOverNote | None:
    """A further version; the same words as stand change nothing, no words take the note off the page.

    Raises OutOfDate where somebody wrote since the page was opened.
    """
    if not roles_towards(by, hub) & WRITE_HAND_OVER:
        raise PermissionDenied
    if school is not None and SchoolMembership.objects.filter(user=by, school=school).exists():
        raise Refused(f"You are or were at {school}, so you can’t write about it.")
    Hub.objects.select_for_update().get(pk=hub.pk)
    stands, text = standing(hub, school), text.strip()
    seen.check(words_of(stands), {"text": text}, seen=opened_with)
    if text == words_of(stands)["text"]:
        return stands
    note = HandOverNote.objects.create(hub=hub, school=school, text=text, written_by=by, written_at=now)
    log.write("hand_over.written", by=by, now=now, about=f"hub:{hub.pk}")
    return note
