"""What a subject leader writes: each write locks the submission and asks whether it is the school's turn."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from psqm_portal.core.clock import long_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.domain.versions import keep_version
from submissions.models import ActionRow, AuditEntry, Part, Submission
from submissions.models.submission import Status
from submissions.queries import roles_towards


class OutOfDate(Exception):
    """A newer text was saved since this page was opened; nothing was overwritten."""

    def __init__(self, standing: str) -> None:
        super().__init__("Somebody saved this text while you were writing.")
        self.standing = standing


def why_not_writable(submission: Submission) -> str | None:
    """The sentence for the school when it can only read its work now."""
    if submission.status == Status.ENROLLED:
        return None
    return f"You can read this but not change it: the submission is {submission.told_stage}."


def why_not_editable(part: Part) -> str | None:
    """As ``why_not_writable``, for one part: a sent one is the hub leader's turn, a signed-off one stands."""
    if (sentence := why_not_writable(part.submission)) is not None:
        return sentence
    if part.status == Part.Status.SENT:
        sent = f" on {long_day(part.sent_at)}" if part.sent_at else ""
        return f"You sent this to your hub leader{sent}. You can change it if they return it."
    if part.status == Part.Status.SIGNED_OFF:
        done = "approved" if part.kind == Part.Kind.ACTION_PLAN else "signed off"
        return f"This is {done}. Ask your hub leader to reopen it if it has to change."
    return None


@contextmanager
def locked(submission: Submission, by: User) -> Iterator[Submission]:
    """The submission, locked for a write of its subject leader.

    Raises PermissionDenied for anybody else and Refused when the school only reads now.
    """
    with transaction.atomic():
        mine = Submission.objects.select_for_update().get(pk=submission.pk)
        if Role.SUBJECT_LEADER not in roles_towards(by, mine):
            raise PermissionDenied
        if (sentence := why_not_writable(mine)) is not None:
            raise Refused(sentence)
        yield mine


@contextmanager
def locked_part(part: Part, by: User) -> Iterator[Part]:
    with locked(part.submission, by) as submission:
        mine = Part.objects.select_for_update().get(pk=part.pk)
        mine.submission = submission
        if (sentence := why_not_editable(mine)) is not None:
            raise Refused(sentence)
        yield mine


def text_mark(text: str) -> str:
    """What a page carries along to say which text it was opened with."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def save_text(part: Part, text: str, *, seen: str, by: User, now: datetime) -> Part:
    """Keep what was typed. ``seen`` is the ``text_mark`` of the text that the page was opened with.

    Raises OutOfDate, with the text that stands, when it was saved anew since (by somebody else or in
    another tab); nothing is overwritten.
    """
    with locked_part(part, by) as mine:
        if mine.text != text and text_mark(mine.text) != seen:
            raise OutOfDate(mine.text)
        mine.text = text
        mine.save(update_fields=["text"])
        keep_version(mine, by=by, now=now)
    return mine


def save_row(part: Part, row: ActionRow, *, by: User, now: datetime) -> ActionRow:
    """Add a row to the action plan, or change one of its rows."""
    with locked_part(part, by) as mine:
        if row._state.adding:
            last = mine.rows.order_by("-position").values_list("position", flat=True).first()
            row.position = (last or 0) + 1
        elif not mine.rows.filter(pk=row.pk).exists():
            raise PermissionDenied
        row.part = mine
        row.save()
        keep_version(mine, by=by, now=now)
    return row


def remove_row(part: Part, row: ActionRow, *, by: User, now: datetime) -> None:
    """Earlier versions keep it."""
    with locked_part(part, by) as mine:
        mine.rows.filter(pk=row.pk).delete()
        keep_version(mine, by=by, now=now)


def save_progress(row: ActionRow, *, notes: str, rag: str, by: User) -> None:
    """Progress may be noted as long as the school works, on an approved plan too: it isn't part of it."""
    with locked(row.part.submission, by):
        ActionRow.objects.filter(pk=row.pk).update(progress_notes=notes, rag=rag)


def save_audit(submission: Submission, entries: Mapping[int, Mapping[str, Any]], *, by: User) -> None:
    """``entries``: criterion id → rating (or None), notes, is_priority. Others stay as they are."""
    with locked(submission, by) as mine:
        rows = list(AuditEntry.objects.filter(submission=mine, criterion_id__in=entries))
        for row in rows:
            given = entries[row.criterion_id]
            row.rating, row.notes, row.is_priority = given["rating"], given["notes"], given["is_priority"]
        AuditEntry.objects.bulk_update(rows, ["rating", "notes", "is_priority"])
