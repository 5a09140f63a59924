"""Keeping files: bytes first, row second, so that a row never points at nothing (R08).

A file is named by the hash of what is stored, within one owner's folder; its preview lies beside it. Bytes
without a row (the caller's transaction was rolled back, the process died) are swept when they are a day old.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Sum

from psqm_portal.core import events
from psqm_portal.core.files.checks import TYPES, BadFile, Checked, check, clean_name
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import Counter, StoredFile, Upload

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["BadFile", "store", "store_made", "sweep_orphans"]

OWNER = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SWEPT_AFTER = timedelta(hours=24)
# Of one owner: many times what a school needs, and too little to fill the disk (S21).
MOST_FILES, MOST_BYTES = 5_000, 20 * 1024**3
ARRIVING = "arriving"
PREVIEW = ".preview.jpg"
SHOWN_IN_SMALL = frozenset({StoredFile.Kind.IMAGE, StoredFile.Kind.PDF})
_LOCK = "files:orphans"
# Of some keys, those that an app still needs though no stored file's row names them.
needed_elsewhere: list[Callable[[Iterable[str]], set[str]]] = []


def store(upload: File, *, owner: str, by: "User | None", now: datetime) -> StoredFile:
    """Checks an upload and keeps it; the same bytes for the same owner are the same row.

    Raises BadFile with a sentence for the person. Scan and preview follow in the background.
    """
    used = StoredFile.objects.filter(owner=owner).aggregate(files=Count("pk"), size=Sum("size"))
    if used["files"] >= MOST_FILES or (used["size"] or 0) >= MOST_BYTES:
        raise BadFile("There is no room for more files of your school. Write to us, and we'll make some.")
    scan = StoredFile.Scan.PENDING if settings.CLAMAV_URL else StoredFile.Scan.NOT_SCANNED
    return _keep(check(upload), owner=owner, by=by, now=now, scan=scan, shown_in_small=True)


def store_made(
    content: bytes,
    *,
    name: str,
    kind: str = StoredFile.Kind.PDF,
    owner: str,
    now: datetime,
    shown_in_small: bool = False,
) -> StoredFile:
    """Keeps a file that we made ourselves (an invoice, a certificate) without checking it."""
    made = next(known for known in TYPES.values() if known.kind == kind)
    checked = Checked(BytesIO(content), clean_name(name, made.extension), made)
    return _keep(checked, owner=owner, by=None, now=now, shown_in_small=shown_in_small)


@transaction.atomic
def _keep(
    checked: Checked,
    *,
    owner: str,
    by: "User | None",
    now: datetime,
    scan: str = StoredFile.Scan.NOT_SCANNED,
    shown_in_small: bool = False,
) -> StoredFile:
    if not OWNER.fullmatch(owner):
        raise ValueError(f"Not an owner's folder: {owner!r}")
    sha, size = sha256_of(checked.file), checked.size
    known = StoredFile.objects.filter(owner=owner, sha256=sha).first()
    if known is not None:
        _write(known.key, checked.file, size)
        _is_back(known)
        return known
    key = f"{owner}/{sha[:2]}/{sha}.{checked.type.extension}"
    if default_storage.exists(key):
        # Bytes without a row: the sweep may be about to take them. Under its lock they become new.
        _lock()
        default_storage.delete(key)
    _write(key, checked.file, size)
    waits = shown_in_small and checked.type.kind in SHOWN_IN_SMALL
    stored, _ = StoredFile.objects.get_or_create(
        owner=owner,
        sha256=sha,
        defaults={
            "key": key,
            "name": checked.name,
            "kind": checked.type.kind,
            "content_type": checked.type.content_type,
            "size": size,
            "scan": scan,
            "preview": StoredFile.Preview.WAITING if waits else StoredFile.Preview.NONE,
            "stored_by": by,
            "stored_at": now,
        },
    )
    events.publish("file.waits", stored, Occasion(by=None, now=stored.stored_at))
    return stored


def _is_back(known: StoredFile) -> None:
    """Its bytes are there again: let go after years and brought back by the school, or lost and found."""
    if known.deleted_at is None and known.lost_at is None:
        return
    known.deleted_at = known.lost_at = None
    if known.preview == StoredFile.Preview.MADE:
        known.preview = StoredFile.Preview.WAITING
    known.save(update_fields=["deleted_at", "lost_at", "preview"])
    events.publish("file.waits", known, Occasion(by=None, now=known.stored_at))


def sha256_of(file: IO[bytes]) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        found.update(chunk)
    return found.hexdigest()


def _write(key: str, file: IO[bytes], size: int) -> None:
    """Writes unless the whole file is there; what a killed process left half-written is replaced."""
    if default_storage.exists(key):
        if default_storage.size(key) == size:
            return
        default_storage.delete(key)
    file.seek(0)
    written = default_storage.save(key, File(file))
    if written != key:
        # Another process wrote the same bytes at the same moment.
        default_storage.delete(written)


@transaction.atomic
def forget(stored: StoredFile) -> None:
    """Lets go of a file that nothing refers to any more; its bytes are swept a day later."""
    _lock()
    if not _is_referred_to(stored):
        StoredFile.objects.filter(pk=stored.pk).delete()


def _is_referred_to(stored: StoredFile) -> bool:
    relations: Iterable[Any] = StoredFile._meta.get_fields(include_hidden=True)  # noqa: SLF001 - Django documents it
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: stored.pk}).exists()
        for relation in relations
        if relation.auto_created and not relation.concrete
    )


def _lock() -> None:
    Counter.objects.get_or_create(series=_LOCK)
    Counter.objects.select_for_update().get(series=_LOCK)


def sweep_orphans(now: datetime) -> int:
    """Takes away files that are older than a day and have no row; returns how many."""
    swept = 0
    for keys in _old_files(now):
        needed = _needed(keys)
        swept += sum(_sweep(key, now) for key in keys if key not in needed)
    return swept


def _needed(keys: Iterable[str]) -> set[str]:
    """Of these keys: files and previews whose file has a row, pieces of uploads on their way."""
    arriving = {key: parts[1] for key in keys if (parts := key.split("/"))[0] == ARRIVING and len(parts) == 3}
    rows = {key.removesuffix(PREVIEW) for key in keys if key not in arriving}
    with_row = set(StoredFile.objects.filter(key__in=rows).values_list("key", flat=True))
    on_the_way = {Upload.Status.ARRIVING, Upload.Status.CHECKING}
    uploads = Upload.objects.filter(key__in=set(arriving.values()), status__in=on_the_way)
    alive = set(uploads.values_list("key", flat=True))
    elsewhere = {key for ask in needed_elsewhere for key in ask(keys)}
    return elsewhere | {
        key
        for key in keys
        if (arriving[key] in alive if key in arriving else key.removesuffix(PREVIEW) in with_row)
    }


@transaction.atomic
def _sweep(key: str, now: datetime) -> bool:
    """Looks again under the lock: an upload may have come back to these bytes."""
    _lock()
    if not default_storage.exists(key) or _needed([key]):
        return False
    if default_storage.get_modified_time(key) > now - SWEPT_AFTER:
        return False
    default_storage.delete(key)
    return True


def _old_files(now: datetime, folder: str = "", batch: int = 500) -> Iterator[list[str]]:
    """Keys of files that haven't been touched for a day, some hundred at a time."""
    if folder == "" and not default_storage.exists(folder or "."):
        return
    keys: list[str] = []
    for key in _walk(folder):
        if default_storage.get_modified_time(key) <= now - SWEPT_AFTER:
            keys.append(key)
        if len(keys) == batch:
            yield keys
            keys = []
    if keys:
        yield keys


def _walk(folder: str) -> Iterator[str]:
    folders, files = default_storage.listdir(folder)
    for name in files:
        yield f"{folder}/{name}".lstrip("/")
    for name in folders:
        yield from _walk(f"{folder}/{name}".lstrip("/"))
