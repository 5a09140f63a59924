"""How much one file may weigh: data that HQ changes, with the sentence for who goes over it."""

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from psqm_portal.core.files.types import TYPES, BadFile
from psqm_portal.core.models import FileLimit, HistoryEntry, StoredFile

if TYPE_CHECKING:
    from accounts.models import User

MB = 1024 * 1024
# More than this no web server in front lets through in one go, and no reviewer waits for.
MOST_MEGABYTES = 1_000
# What people upload; ZIPs are ours alone.
KINDS = tuple(dict.fromkeys(known.kind for known in TYPES.values() if known.kind != "zip"))
_NOUNS = {
    StoredFile.Kind.IMAGE: "A photo",
    StoredFile.Kind.PDF: "A PDF",
    StoredFile.Kind.WORD: "A Word document",
    StoredFile.Kind.EXCEL: "A spreadsheet",
    StoredFile.Kind.POWERPOINT: "A presentation",
    StoredFile.Kind.VIDEO: "A video",
}
_MORE_NAMES = {"jpeg": "jpg", "heic": "jpg", "heif": "jpg", "m4v": "mp4", "mov": "mp4"}


def limits() -> dict[str, int]:
    """The megabytes of each kind, in one query."""
    changed = dict(FileLimit.objects.values_list("kind", "megabytes"))
    return {kind: changed.get(kind, FileLimit.DEFAULTS.get(kind, FileLimit.DEFAULT)) for kind in KINDS}


def check_size(name: str, size: int, kind: str) -> None:
    """Raises BadFile for a file of a known kind that is too big."""
    most = limits()[kind]
    if size > most * MB:
        raise BadFile(_too_big(name, size, most, _NOUNS[StoredFile.Kind(kind)], kind))


def check_scannable(name: str, size: int) -> None:
    """A file above the scanner's size would pass unseen, so it isn't taken."""
    if settings.CLAMAV_URL and size > settings.CLAMAV_MAX_BYTES:
        raise BadFile(
            f"The file {name} is {in_megabytes(size)}. Files are scanned for viruses here, and the scanner "
            f"takes up to {in_megabytes(settings.CLAMAV_MAX_BYTES, down=True)}. "
            "Save it smaller, then upload it again."
        )


def check_announced(name: str, size: int) -> None:
    """Before a byte has come: what can't be taken whatever is in it, or what its name promises."""
    if size <= 0:
        raise BadFile(f"The file {name} is empty. Choose another one.")
    extension = PurePosixPath(name).suffix.lower().lstrip(".")
    promised = TYPES.get(_MORE_NAMES.get(extension, extension))
    if promised is not None and promised.kind in KINDS:
        check_size(name, size, promised.kind)
        if promised.kind != StoredFile.Kind.IMAGE:  # a photo is drawn anew, and smaller
            check_scannable(name, size)
        return
    most = max(limits().values())
    if size > most * MB:
        raise BadFile(_too_big(name, size, most, "A file", ""))


def most_bytes() -> int:
    return max(limits().values()) * MB


def _too_big(name: str, size: int, most: int, noun: str, kind: str) -> str:
    how = "Make it shorter or save it smaller" if kind == StoredFile.Kind.VIDEO else "Save it smaller"
    return (
        f"The file {name} is {in_megabytes(size)}. {noun} can be up to {most:,} MB. "
        f"{how}, then upload it again."
    )


def in_megabytes(size: int, *, down: bool = False) -> str:
    """Rounded so that a file over a limit never reads as if it were within it."""
    tenths = math.floor(size * 10 / MB) if down else math.ceil(size * 10 / MB)
    return f"{tenths / 10:,.1f} MB".replace(".0 MB", " MB")


@transaction.atomic
def change_limits(megabytes: Mapping[str, int], *, by: "User | None", now: datetime) -> None:
    """What is on its way is held to the new limits too: they are asked when all of it has come."""
    before = limits()
    changed = {kind: most for kind, most in megabytes.items() if before[kind] != most}
    for kind, most in changed.items():
        FileLimit.objects.update_or_create(kind=kind, defaults={"megabytes": most})
    if changed:
        said = "; ".join(f"{kind}: {before[kind]} to {most} MB" for kind, most in sorted(changed.items()))
        HistoryEntry.objects.create(
            machine="file_limits", subject_id=0, action="change", target="changed", by=by, at=now, reason=said
        )
