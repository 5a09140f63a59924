"""Evidence: added once, tied to one part or more, each with a caption that says how."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from psqm_portal.core import log
from psqm_portal.core.files.storing import store
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import SCHOOL
from psqm_portal.core.seen import check
from submissions.domain.versions import keep_version
from submissions.domain.writing import locked, why_not_editable
from submissions.models import Evidence, EvidenceLink, Part, Submission
from submissions.queries import roles_towards


def add(  # noqa: PLR0913 - a piece of evidence has these many facts, each named
    submission: Submission,
    *,
    title: str,
    by: User,
    now: datetime,
    upload: UploadedFile | None = None,
    url: str = "",
    note: str = "",
    children: str = Evidence.Children.NONE,
    consent_uses: str = "",
    consent_until: date | None = None,
    parts: Iterable[Part] = (),
    caption: str = "",
) -> Evidence:
    """Keep a file, a link or a note, and tie it to the parts.

    The file is checked and stored before the submission is locked, so that a slow upload holds nobody
    up; an orphan of a refused write is swept. Raises BadFile, Refused, PermissionDenied.
    """
    with locked(submission, by):
        pass  # refuse before reading megabytes
    stored = store(upload, owner=submission.files_owner, by=by, now=now) if upload is not None else None
    kind = Evidence.Kind.FILE if stored else Evidence.Kind.LINK if url else Evidence.Kind.NOTE
    with locked(submission, by) as mine:
        if stored is not None and mine.evidence.filter(file=stored, removed_at=None).exists():
            raise Refused(f"{stored.name} is already among your evidence. Tie that one to more criteria.")
        piece = Evidence.objects.create(
            submission=mine,
            kind=kind,
            title=title,
            file=stored,
            url=url,
            note=note,
            children=children,
            consent_uses=consent_uses,
            consent_until=consent_until,
            added_by=by,
            added_at=now,
        )
        for part in parts:
            tie(piece, part, caption=caption, by=by, now=now)
    return piece


def tie(
    piece: Evidence, part: Part, *, caption: str, by: User, now: datetime, seen: str = ""
) -> EvidenceLink:
    """Tie evidence to a part, or say anew how it shows it. Raises Refused when it isn't the school's turn,
    OutOfDate where the caption isn't the one that was ``seen``.
    """
    with locked(piece.submission, by) as mine:
        own = _editable(mine, part)
        if piece.removed_at is not None:
            raise Refused("This evidence was taken away.")
        caption = caption.strip()
        if there := EvidenceLink.objects.filter(evidence=piece, part=own).first():
            check({"caption": there.caption}, {"caption": caption}, seen=seen)
        link, _ = EvidenceLink.objects.update_or_create(
            evidence=piece, part=own, defaults={"caption": caption}
        )
        keep_version(own, by=by, now=now)
    return link


def untie(piece: Evidence, part: Part, *, by: User, now: datetime) -> None:
    with locked(piece.submission, by) as mine:
        own = _editable(mine, part)
        piece.links.filter(part=own).delete()
        keep_version(own, by=by, now=now)


def change(piece: Evidence, *, by: User, now: datetime, seen: str = "", **fields: Any) -> None:
    """Change title, link, note or the word on children of a piece that no sent or signed-off part shows.

    Raises OutOfDate, with what stands of these fields, where it isn't what was ``seen``.
    """
    with locked(piece.submission, by):
        _check_free(piece)
        check(standing_piece(Evidence.objects.get(pk=piece.pk), fields), fields, seen=seen)
        for name, value in fields.items():
            setattr(piece, name, value)
        piece.save(update_fields=list(fields))
        _keep_versions(piece, by, now)


def standing_piece(piece: Evidence, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(piece, name) for name in fields}


def remove(piece: Evidence, *, by: User, now: datetime) -> None:
    """Take a piece away; versions that name it keep it. Refused while a sent or signed-off part shows it."""
    with locked(piece.submission, by):
        _check_free(piece)
        piece.removed_at = now
        piece.save(update_fields=["removed_at"])
        _keep_versions(piece, by, now)
        _tell("evidence.removed", piece, by, now)


def withdraw_consent(piece: Evidence, *, by: User, now: datetime) -> None:
    """Hide a photo everywhere, frozen copies and other rounds' copies too; possible at any stage, for good.

    A school's file is one row wherever it is used, and never another school's. Locked, so that a copy
    which is being made for the next year is either seen here or sees this.
    """
    with transaction.atomic():
        if not SCHOOL & roles_towards(by, piece.submission):
            raise PermissionDenied
        lock_files([piece])
        same = Q(pk=piece.pk) | Q(file=piece.file_id, file__isnull=False)
        if Evidence.objects.filter(same, consent_withdrawn_at=None).update(consent_withdrawn_at=now):
            _tell("evidence.consent_withdrawn", piece, by, now)


def lock_files(pieces: Iterable[Evidence]) -> None:
    """Until the transaction ends, nobody else withdraws consent for these files or copies them."""
    files = {piece.file_id for piece in pieces if piece.file_id is not None}
    list(StoredFile.objects.select_for_update().filter(pk__in=files).order_by("pk").values_list("pk"))


def _tell(action: str, piece: Evidence, by: User, now: datetime) -> None:
    log.write(
        action, by=by, now=now, about=f"submission:{piece.submission_id}", detail=f"evidence:{piece.pk}"
    )


def _editable(submission: Submission, part: Part) -> Part:
    own = Part.objects.select_related("submission").filter(submission=submission, pk=part.pk).first()
    if own is None:
        raise Refused("Choose a part of your own submission.")
    if (sentence := why_not_editable(own)) is not None:
        raise Refused(f"{own.title}: {sentence}")
    return own


def _check_free(piece: Evidence) -> None:
    for link in piece.links.select_related("part__submission"):
        if (sentence := why_not_editable(link.part)) is not None:
            raise Refused(f"{link.part.title}: {sentence}")


def _keep_versions(piece: Evidence, by: User, now: datetime) -> None:
    for link in piece.links.select_related("part"):
        keep_version(link.part, by=by, now=now)
