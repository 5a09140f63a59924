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
from psqm_portal.core.seen import OutOfDate, check
from submissions.domain.versions import keep_version
from submissions.models import ActionRow, AuditEntry, Part, Submission
from submissions.models.submission import Status
from submissions.queries import roles_towards

ROW_FIELDS = (
    *("criterion", "objective", "actions", "who", "by_when", "resources", "cost", "success_measure"),
)


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


def standing_row(row: ActionRow) -> dict[str, Any]:
    """A row as its form shows it."""
    return {name: row.criterion_id if name == "criterion" else getattr(row, name) for name in ROW_FIELDS}


def save_row(part: Part, row: ActionRow, *, by: User, now: datetime, seen: str = "") -> ActionRow:
    """Add a row to the action plan, or change one. Raises OutOfDate, with the row as it stands."""
    with locked_part(part, by) as mine:
        if row._state.adding:
            last = mine.rows.order_by("-position").values_list("position", flat=True).first()
            row.position = (last or 0) + 1
        else:
            there = mine.rows.filter(pk=row.pk).first()
            if there is None:
                raise PermissionDenied
            check(standing_row(there), standing_row(row), seen=seen)
        row.part = mine
        row.save()
        keep_version(mine, by=by, now=now)
    return row


def remove_row(part: Part, row: ActionRow, *, by: User, now: datetime) -> None:
    """Earlier versions keep it."""
    with locked_part(part, by) as mine:
        mine.rows.filter(pk=row.pk).delete()
        keep_version(mine, by=by, now=now)


def standing_progress(row: ActionRow) -> dict[str, Any]:
    return {"rag": row.rag, "progress_notes": row.progress_notes}


def save_progress(row: ActionRow, *, notes: str, rag: str, by: User, seen: str = "") -> None:
    """Progress may be noted as long as the school works, on an approved plan too: it isn't part of it.

    Raises OutOfDate, with the progress as it stands.
    """
    with locked(row.part.submission, by):
        there = ActionRow.objects.get(pk=row.pk)
        check(standing_progress(there), {"rag": rag, "progress_notes": notes}, seen=seen)
        ActionRow.objects.filter(pk=row.pk).update(progress_notes=notes, rag=rag)


def standing_entry(entry: AuditEntry) -> dict[str, Any]:
    return {"rating": entry.rating, "notes": entry.notes, "is_priority": entry.is_priority}


def save_audit(
    submission: Submission,
    entries: Mapping[int, Mapping[str, Any]],
    *,
    by: User,
    seen: Mapping[int, str] | None = None,
) -> None:
    """``entries``: criterion id → rating (or None), notes, is_priority. Others stay as they are.

    ``seen``: criterion id → the mark of what the page was opened with. Raises OutOfDate with the entries
    that say something newer, by criterion; then nothing at all is saved.
    """
    with locked(submission, by) as mine:
        rows = list(AuditEntry.objects.filter(submission=mine, criterion_id__in=entries))
        newer = {}
        for row in rows:
            given = entries[row.criterion_id]
            try:
                check(standing_entry(row), given, seen=(seen or {}).get(row.criterion_id))
            except OutOfDate as conflict:
                newer[row.criterion_id] = conflict.standing
            row.rating, row.notes, row.is_priority = given["rating"], given["notes"], given["is_priority"]
        if newer:
            raise OutOfDate(newer)
        AuditEntry.objects.bulk_update(rows, ["rating", "notes", "is_priority"])
