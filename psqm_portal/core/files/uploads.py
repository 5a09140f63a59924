"""Files on their way in: announced, then in pieces, then checked in the background and stored.

A piece is kept in the storage as it comes (``arriving/<key>/<where it starts>``), so that any web machine can
take the next one and a cut line costs no more than the piece it cut. A row lock orders the pieces: a second
writer at the same place finds that the place has moved.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q, QuerySet

from psqm_portal.core import events
from psqm_portal.core.files.checks import clean_name, size_of
from psqm_portal.core.files.limits import check_announced
from psqm_portal.core.files.making import work_folder
from psqm_portal.core.files.storing import ARRIVING, BadFile, forget, sha256_of, store
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import StoredFile, Upload

if TYPE_CHECKING:
    from accounts.models import User

Status = Upload.Status
Guard = Callable[["User", Upload], bool]

READ, PIECE = 256 * 1024, 4 * 1024 * 1024
# An upload that nobody went on with, and one that was refused or never said what it is.
GIVEN_UP, FORGOTTEN = timedelta(days=7), timedelta(days=30)
# A check that began this long ago died with its worker; one that died so often is the file's fault.
STALE, MOST_TRIES = timedelta(minutes=15), 5

_guards: dict[str, Guard] = {}


class WrongOffset(Exception):
    """Bytes for a place at which the upload doesn't stand."""


def guard(purpose: str) -> Callable[[Guard], Guard]:
    """Names who may still add to uploads of a purpose; the app that begins them registers it."""

    def register(may: Guard) -> Guard:
        _guards[purpose] = may
        return may

    return register


def may_add(user: "User", upload: Upload) -> bool:
    asks = _guards.get(upload.purpose.split(":")[0])
    return upload.person_id == user.pk and asks is not None and asks(user, upload)


def begin(*, name: str, size: int, purpose: str, owner: str, by: "User", now: datetime) -> Upload:
    """Raises BadFile for what can't be taken whatever is in it. The caller has asked for the quota."""
    shown = clean_name(name)
    check_announced(shown, size)
    return Upload.objects.create(
        key=secrets.token_hex(16), person=by, purpose=purpose, owner=owner, name=shown, size=size,
        started_at=now, touched_at=now,
    )  # fmt: skip


def append(upload: Upload, offset: int, read: Callable[[int], bytes], *, now: datetime) -> int:
    """Keeps what ``read`` gives until it gives nothing more or breaks off; returns the new offset.

    Raises WrongOffset where the upload stands elsewhere, also when somebody else moved it meanwhile.
    """
    if upload.status != Status.ARRIVING or upload.received != offset:
        raise WrongOffset
    waiting = bytearray()
    while True:
        try:
            data = read(READ)
        except OSError:  # the line was cut; what came before counts
            data = b""
        waiting += data
        if waiting and (not data or len(waiting) >= PIECE):
            offset = _keep_piece(upload.pk, offset, bytes(waiting), now)
            waiting.clear()
        if not data:
            return offset


@transaction.atomic
def _keep_piece(pk: int, offset: int, piece: bytes, now: datetime) -> int:
    upload = Upload.objects.select_for_update().filter(pk=pk, status=Status.ARRIVING, received=offset).first()
    if upload is None or offset + len(piece) > upload.size:
        raise WrongOffset
    key = _piece_key(upload, offset)
    if default_storage.exists(key):  # from a process that died before it could say so
        default_storage.delete(key)
    default_storage.save(key, ContentFile(piece))
    upload.received += len(piece)
    upload.touched_at = now
    if upload.received == upload.size:
        upload.status = Status.CHECKING
        events.publish("upload.arrived", upload, Occasion(by=upload.person, now=now))
    upload.save(update_fields=["received", "touched_at", "status"])
    return upload.received


def receive(file: UploadedFile, *, purpose: str, owner: str, by: "User", now: datetime) -> Upload:
    """A whole file at once, as a form without scripts sends it."""
    upload = begin(name=file.name or "", size=size_of(file), purpose=purpose, owner=owner, by=by, now=now)
    Upload.objects.filter(pk=upload.pk).update(sha256=sha256_of(file))
    file.seek(0)
    append(upload, 0, file.read, now=now)
    upload.refresh_from_db()
    return upload


def same_as(file: UploadedFile, among: QuerySet[Upload]) -> Upload | None:
    """The upload that was kept when the same file came with a form that was wrong elsewhere (R07)."""
    return among.filter(sha256=sha256_of(file)).exclude(status=Status.REFUSED).first()


def cancel(upload: Upload, *, now: datetime) -> None:
    """Takes an upload away with what came of it. Its app may refuse ("upload.cancelled")."""
    _remove(upload, lambda mine: events.publish("upload.cancelled", mine, Occasion(by=mine.person, now=now)))


def _remove(upload: Upload, first: Callable[[Upload], None] = lambda _: None) -> None:
    with transaction.atomic():
        mine = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if mine is None:
            return
        first(mine)
        mine.delete()
        transaction.on_commit(lambda: _drop_pieces(upload.key))
    if mine.stored is not None:
        forget(mine.stored)


def _piece_key(upload: Upload, offset: int) -> str:
    return f"{ARRIVING}/{upload.key}/{offset:015d}"


def _pieces(upload: Upload) -> Iterator[str]:
    _, names = default_storage.listdir(f"{ARRIVING}/{upload.key}")
    yield from (f"{ARRIVING}/{upload.key}/{name}" for name in sorted(names))


def _drop_pieces(key: str) -> None:
    folder = f"{ARRIVING}/{key}"
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


@contextmanager
def assembled(upload: Upload) -> Iterator[File]:
    """The whole file on this machine's disk, free to be changed. Raises BadFile where a piece is missing."""
    with work_folder() as folder, Path(folder / "upload").open("w+b") as whole:
        try:
            for key in _pieces(upload):
                with default_storage.open(key) as piece:
                    whole.writelines(piece.chunks(1024 * 1024))
        except FileNotFoundError:
            pass  # judged by what is there
        if whole.tell() != upload.size:
            raise BadFile(f"The file {upload.name} didn't arrive completely. Choose it again.")
        yield File(whole, name=upload.name)


def check_arrived(pk: int, *, now: datetime) -> None:
    """Looks into an upload that has come and stores it, or says why not. Twice or killed: once."""
    began = Upload.objects.filter(pk=pk, status=Status.CHECKING)
    if not began.update(tries=F("tries") + 1, touched_at=now):
        return
    upload = Upload.objects.select_related("person").filter(pk=pk).first()
    if upload is None:
        return
    try:
        stored, sha = _stored(upload, now)
    except BadFile as bad:
        _settle(upload, Status.REFUSED, now, why_refused=str(bad))
    else:
        if not _settle(upload, Status.CHECKED, now, stored=stored, sha256=sha):
            forget(stored)


def _stored(upload: Upload, now: datetime) -> tuple[StoredFile, str]:
    if upload.tries > MOST_TRIES:
        raise BadFile(f"The file {upload.name} couldn't be checked. Save it in another way, then upload it.")
    with assembled(upload) as file:
        sha = sha256_of(file)
        return store(file, owner=upload.owner, by=upload.person, now=now), sha


def _settle(upload: Upload, status: str, now: datetime, **fields: Any) -> bool:
    with transaction.atomic():
        mine = Upload.objects.select_for_update().filter(pk=upload.pk, status=Status.CHECKING).first()
        if mine is None:
            return False
        for name, value in {**fields, "status": status, "touched_at": now}.items():
            setattr(mine, name, value)
        mine.save()
        events.publish(f"upload.{status}", mine, Occasion(by=mine.person, now=now))
        transaction.on_commit(lambda: _drop_pieces(mine.key))
    return True


def refuse(upload: Upload, sentence: str, *, now: datetime) -> None:
    """An app has no use for a file that passed its checks; the sentence says why."""
    Upload.objects.filter(pk=upload.pk).update(status=Status.REFUSED, why_refused=sentence, touched_at=now)


def sweep(now: datetime) -> None:
    """Asks again for checks that wait; takes away what nobody went on with."""
    for upload in Upload.objects.filter(status=Status.CHECKING, touched_at__lte=now - STALE)[:500]:
        events.publish("upload.arrived", upload, Occasion(by=None, now=now))
    settled = Q(status__in=[Status.CHECKED, Status.REFUSED], touched_at__lte=now - FORGOTTEN)
    given_up = Q(status=Status.ARRIVING, touched_at__lte=now - GIVEN_UP)
    for upload in Upload.objects.filter(given_up | settled).order_by("pk")[:500]:
        _remove(upload)
