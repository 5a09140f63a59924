"""Keeping files: bytes first, row second, so that a row never points at nothing (R08).

A file is named by the hash of what is stored, within one owner's folder. Bytes without a row (the
caller's transaction was rolled back, the process died) are swept when they are a day old.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum

from psqm_portal.core.files.checks import TYPES, BadFile, Checked, check, clean_name
from psqm_portal.core.models import Counter, StoredFile

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["BadFile", "store", "store_made", "sweep_orphans"]

OWNER = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SWEPT_AFTER = timedelta(hours=24)
# Of one owner: many times what a school needs, and too little to fill the disk (S21).
MOST_FILES, MOST_BYTES = 5_000, 20 * 1024**3
_LOCK = "files:orphans"


def store(upload: UploadedFile, *, owner: str, by: "User | None", now: datetime) -> StoredFile:
    """Checks an upload and keeps it; the same bytes for the same owner are the same row.

    Raises BadFile with a sentence for the person.
    """
    used = StoredFile.objects.filter(owner=owner).aggregate(files=Count("pk"), size=Sum("size"))
    if used["files"] >= MOST_FILES or (used["size"] or 0) >= MOST_BYTES:
        raise BadFile("There is no room for more files of your school. Write to us, and we'll make some.")
    return _keep(check(upload), owner=owner, by=by, now=now)


def store_made(
    content: bytes, *, name: str, kind: str = StoredFile.Kind.PDF, owner: str, now: datetime
) -> StoredFile:
    """Keeps a file that we made ourselves (an invoice, a certificate) without checking it."""
    made = next(known for known in TYPES.values() if known.kind == kind)
    return _keep(Checked(content, clean_name(name, made.extension), made), owner=owner, by=None, now=now)


@transaction.atomic
def _keep(checked: Checked, *, owner: str, by: "User | None", now: datetime) -> StoredFile:
    if not OWNER.fullmatch(owner):
        raise ValueError(f"Not an owner's folder: {owner!r}")
    sha = hashlib.sha256(checked.content).hexdigest()
    known = StoredFile.objects.filter(owner=owner, sha256=sha).first()
    if known is not None:
        _write(known.key, checked.content)
        if known.deleted_at is not None:  # kept for a year, let go, and brought back by the school
            known.deleted_at = None
            known.save(update_fields=["deleted_at"])
        return known
    key = f"{owner}/{sha[:2]}/{sha}.{checked.type.extension}"
    if default_storage.exists(key):
        # Bytes without a row: the sweep may be about to take them. Under its lock they become new.
        _lock()
        default_storage.delete(key)
    _write(key, checked.content)
    stored, _ = StoredFile.objects.get_or_create(
        owner=owner,
        sha256=sha,
        defaults={
            "key": key,
            "name": checked.name,
            "kind": checked.type.kind,
            "content_type": checked.type.content_type,
            "size": len(checked.content),
            "stored_by": by,
            "stored_at": now,
        },
    )
    return stored


def _write(key: str, content: bytes) -> None:
    """Writes unless the whole file is there; what a killed process left half-written is replaced."""
    if default_storage.exists(key):
        if default_storage.size(key) == len(content):
            return
        default_storage.delete(key)
    written = default_storage.save(key, ContentFile(content))
    if written != key:
        # Another process wrote the same bytes at the same moment.
        default_storage.delete(written)


def _lock() -> None:
    Counter.objects.get_or_create(series=_LOCK)
    Counter.objects.select_for_update().get(series=_LOCK)


def sweep_orphans(now: datetime) -> int:
    """Takes away files that are older than a day and have no row; returns how many."""
    swept = 0
    for keys in _old_files(now):
        with_row = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
        swept += sum(_sweep(key, now) for key in keys if key not in with_row)
    return swept


@transaction.atomic
def _sweep(key: str, now: datetime) -> bool:
    """Looks again under the lock: an upload may have come back to these bytes."""
    _lock()
    if not default_storage.exists(key) or StoredFile.objects.filter(key=key).exists():
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
