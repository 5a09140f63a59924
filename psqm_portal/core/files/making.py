"""Files that we make ourselves and that are too large to hold in memory: packs.

Their bytes are kept before their row, as everywhere: a row never points at nothing, and bytes without a row
are swept a day later. Each has an owner of its own, so that nothing else can ever use it.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from psqm_portal.core.files.checks import clean_name
from psqm_portal.core.models import StoredFile

_TYPES = {
    StoredFile.Kind.PDF: ("pdf", "application/pdf"),
    StoredFile.Kind.ZIP: ("zip", "application/zip"),
}
_FOLDER = "being-made"


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes in the storage that have no row yet."""

    key: str
    sha256: str
    size: int


@contextmanager
def work_folder() -> Iterator[Path]:
    """On the disk of the uploads, where there is one: /tmp is memory in our containers. What a killed process
    leaves there is swept with the other files that have no row.
    """
    home: Path | None = None
    with suppress(NotImplementedError):  # files that are not on a disk of ours, such as S3's
        home = Path(default_storage.path(_FOLDER))
        home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def keep_bytes(path: Path, *, owner: str) -> Kept:
    """Outside any transaction: a gigabyte holds nobody's lock."""
    with path.open("rb") as content:
        sha = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        key = default_storage.save(f"{owner}/{sha[:2]}/{sha}{path.suffix}", File(content))
    return Kept(key, sha, path.stat().st_size)


def make_row(kept: Kept, *, owner: str, name: str, kind: StoredFile.Kind, now: datetime) -> StoredFile:
    """Call in the transaction that says what the file is for."""
    extension, content_type = _TYPES[kind]
    return StoredFile.objects.create(
        owner=owner,
        sha256=kept.sha256,
        key=kept.key,
        name=clean_name(name, extension),
        kind=kind,
        content_type=content_type,
        size=kept.size,
        stored_at=now,
    )


def drop_bytes(kept: Kept) -> None:
    default_storage.delete(kept.key)


def drop(stored: StoredFile) -> None:
    """Row now, bytes once the transaction is through. Only for a file that nothing else can use."""
    key = stored.key
    stored.delete()
    transaction.on_commit(lambda: default_storage.delete(key))
