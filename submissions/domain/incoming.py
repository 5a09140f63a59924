"""Files on their way to be evidence: begun, said what they are, and become evidence when both are done.

What the file is and whether it may be used come from two sides: the person says the one, a worker finds the
other. Whoever is last makes the evidence, with the submission locked: so it is made once (S35: never without
the word on children).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Sum

from accounts.models import User
from psqm_portal.core.files import uploads
from psqm_portal.core.files.checks import clean_name
from psqm_portal.core.files.limits import MB
from psqm_portal.core.files.storing import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile, Upload
from psqm_portal.core.templatetags.portal import counted
from submissions.domain.evidence import tie
from submissions.domain.names import child_name_in
from submissions.domain.writing import locked
from submissions.models import Evidence, Incoming, Part, Submission

Status = Upload.Status


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says about one file."""

    title: str
    children: str
    consent_uses: str = ""
    consent_until: date | None = None
    caption: str = ""
    parts: tuple[Part, ...] = ()


def begin(submission: Submission, *, name: str, size: int, by: User, now: datetime) -> Incoming:
    """Room for a file that is announced. Raises BadFile, Refused, PermissionDenied."""
    with locked(submission, by) as mine:
        _check_room(mine, clean_name(name), size)
        upload = uploads.begin(name=name, size=size, purpose=mine.key, owner=mine.files_owner, by=by, now=now)
        return Incoming.objects.create(submission=mine, upload=upload, title=title_from(upload.name))


def receive(submission: Submission, file: UploadedFile, *, by: User, now: datetime) -> Incoming:
    """A file that a form without scripts brought; the same one again is the one that was kept."""
    sent_before = Upload.objects.filter(
        purpose=submission.key, person=by, incoming__isnull=False, incoming__evidence=None
    )
    if (same := uploads.same_as(file, sent_before)) is not None:
        return submission.incoming.get(upload=same)
    with locked(submission, by) as mine:
        _check_room(mine, clean_name(file.name or ""), file.size or 0)
    upload = uploads.receive(file, purpose=submission.key, owner=submission.files_owner, by=by, now=now)
    return Incoming.objects.create(submission=submission, upload=upload, title=title_from(upload.name))


def title_from(name: str) -> str:
    return name.rpartition(".")[0][:150] or name[:150]


def used(submission: Submission) -> tuple[int, int]:
    """Files and bytes that count for a submission's quota: its evidence and what is on its way."""
    kept = submission.evidence.filter(removed_at=None, file__isnull=False)
    stored = StoredFile.objects.filter(pk__in=kept.values("file"), deleted_at=None)
    coming = submission.incoming.filter(evidence=None).exclude(upload__status=Status.REFUSED)
    there = stored.aggregate(files=Count("pk"), size=Sum("size"))
    on_way = coming.aggregate(files=Count("pk"), size=Sum("upload__size"))
    return there["files"] + on_way["files"], (there["size"] or 0) + (on_way["size"] or 0)


def _check_room(submission: Submission, name: str, size: int) -> None:
    files, used_bytes = used(submission)
    most_files, most_megabytes = submission.round.evidence_files, submission.round.evidence_megabytes
    if files >= most_files:
        raise BadFile(
            f"The file {name} has no room: a school can have {counted(most_files, 'file')}, and you have "
            f"{files:,}. Remove one that you don't need, or write to us."
        )
    if used_bytes + size > most_megabytes * MB:
        left = max(0, most_megabytes - -(-used_bytes // MB))
        raise BadFile(
            f"The file {name} has no room: a school's files can be {most_megabytes:,} MB together, and "
            f"{left:,} MB are left. Remove a file that you don't need, or write to us."
        )


def say(submission: Submission, said: Mapping[int, Said], *, by: User, now: datetime) -> list[Incoming]:
    """Keeps what a person says of their files (incoming id → words); those that are checked become evidence.

    Somebody else's, or one that became evidence meanwhile, is left as it is.
    """
    with locked(submission, by) as mine:
        own = mine.incoming.filter(pk__in=said, upload__person=by, evidence=None)
        rows = list(own.select_related("upload__stored"))
        for incoming in rows:
            words = said[incoming.pk]
            incoming.title, incoming.children = words.title, words.children
            incoming.consent_uses, incoming.consent_until = words.consent_uses, words.consent_until
            incoming.caption, incoming.said_at = words.caption.strip(), now
            incoming.save()
            incoming.parts.set(words.parts)
            _become(incoming, by=by, now=now)
    return rows


def when_checked(upload: Upload, *, now: datetime) -> None:
    """A worker found nothing against the file. Without its words it waits for them."""
    incoming = Incoming.objects.select_related("submission").filter(upload=upload).first()
    if incoming is None:
        return
    by = upload.person
    try:
        with locked(incoming.submission, by):
            fresh = Incoming.objects.select_related("submission", "upload__stored").get(pk=incoming.pk)
            _become(fresh, by=by, now=now)
    except PermissionDenied:
        uploads.refuse(upload, f"The file {upload.name} wasn't added: you no longer work in this.", now=now)
    except Refused as why:
        uploads.refuse(upload, f"The file {upload.name} wasn't added. {why}", now=now)


def when_cancelled(upload: Upload) -> None:
    incoming = Incoming.objects.filter(upload=upload).first()
    if incoming is None:
        return
    Submission.objects.select_for_update().get(pk=incoming.submission_id)
    incoming.refresh_from_db()
    if incoming.evidence_id is not None:
        raise Refused(f"{upload.name} is among your evidence already. Remove it there.")


def _become(incoming: Incoming, *, by: User, now: datetime) -> None:
    """Call with the submission locked."""
    upload = incoming.upload
    if upload.status != Status.CHECKED or upload.stored is None or incoming.evidence_id is not None:
        return
    if (first := _first_of(incoming)) is not None:
        uploads.refuse(upload, _twice(upload.name, first), now=now)
        return
    if incoming.said_at is None:
        return
    _name_by_title(upload.stored, incoming.title)
    piece = Evidence.objects.create(
        submission=incoming.submission,
        kind=Evidence.Kind.FILE,
        title=incoming.title,
        file=upload.stored,
        children=incoming.children,
        consent_uses=incoming.consent_uses,
        consent_until=incoming.consent_until,
        added_by=by,
        added_at=now,
    )
    incoming.evidence = piece
    incoming.save(update_fields=["evidence"])
    for part in incoming.parts.all():
        try:
            tie(piece, part, caption=incoming.caption, by=by, now=now)
        except Refused:  # sent to the hub leader since; the piece waits to be tied elsewhere
            continue


def _first_of(incoming: Incoming) -> Evidence | Incoming | None:
    """The same file, added or chosen before in this submission."""
    same = incoming.submission.evidence.filter(file=incoming.upload.stored, removed_at=None)
    earlier = incoming.submission.incoming.filter(
        pk__lt=incoming.pk,
        evidence=None,
        upload__stored=incoming.upload.stored,
        upload__status=Status.CHECKED,
    )
    return same.first() or earlier.select_related("upload").first()


def _twice(name: str, first: Evidence | Incoming) -> str:
    if isinstance(first, Evidence):
        return f"The file {name} is already among your evidence, as “{first.title}”. It isn't added twice."
    return (
        f"The file {name} is the same as {first.upload.name}, which you chose before. It isn't added twice."
    )


def _name_by_title(stored: StoredFile, title: str) -> None:
    """A child's name in a file's name goes, once its person gave the piece a title without it."""
    if not child_name_in(stored.name) or child_name_in(title):
        return
    stored.name = clean_name(title, stored.name.rpartition(".")[2])
    stored.save(update_fields=["name"])


def on_the_way(submission: Submission, **which: Any) -> list[Incoming]:
    """What isn't evidence yet, oldest first, with its upload; ``first`` where it is evidence already."""
    rows = submission.incoming.filter(evidence=None, **which)
    found = list(rows.select_related("upload__person"))
    files = {row.upload.stored_id for row in found if row.upload.status == Status.REFUSED} - {None}
    if files:
        pieces = submission.evidence.filter(file__in=files, removed_at=None)
        known = {piece.file_id: piece for piece in pieces}
        for row in found:
            row.first = known.get(row.upload.stored_id)  # type: ignore[attr-defined]  # for the page's link
    return found
