"""What may be uploaded, decided by a file's content: never by its name or what the browser says (S15).

Images are drawn anew, so that nothing but pixels survives: no location, no second format in the same
bytes. PDFs lose everything that acts. Office files are looked into, never opened. A file is read from where
it lies, so that a large film is never in memory as a whole.
"""

import re
import unicodedata
from dataclasses import dataclass
from io import SEEK_END
from pathlib import PurePosixPath
from typing import IO, Any

import filetype
from django.core.files.base import File

from psqm_portal.core.files import images, limits, office, pdfs, videos
from psqm_portal.core.files.types import TYPES, BadFile, FileType, Unusable

__all__ = ["TYPES", "BadFile", "Checked", "check", "clean_name"]

NAME_LENGTH = 150
_HEAD = 8192
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: its clean bytes, its name for people, what it is."""

    file: IO[bytes]
    name: str
    type: FileType

    @property
    def size(self) -> int:
        return size_of(self.file)

    @property
    def content(self) -> bytes:
        self.file.seek(0)
        return self.file.read()


def check(upload: File) -> Checked:
    """Raises BadFile with a sentence for the person who uploaded it.

    What is found in a film is blanked in ``upload`` itself, which must be a copy that may change.
    """
    shown = clean_name(upload.name or "")
    try:
        size = size_of(upload)
        upload.seek(0)
        head = upload.read(_HEAD)
    except OSError as gone:
        raise BadFile(f"The file {shown} didn't arrive completely. Choose it again.") from gone
    if not head:
        raise BadFile(f"The file {shown} is empty. Choose another one.")
    try:
        seen, mime = _kind_of(upload, head)
        limits.check_size(shown, size, seen.kind)
        upload.seek(0)
        kind, clean = _clean(upload, seen, mime)
    except Unusable as why:
        raise BadFile(f"The file {shown} {why}") from why
    checked = Checked(clean, clean_name(shown, kind.extension), kind)
    limits.check_scannable(shown, checked.size)
    return checked


def size_of(file: Any) -> int:
    """Of any open file, leaving it where it stands."""
    at = file.tell()
    size: int = file.seek(0, SEEK_END) or file.tell()
    file.seek(at)
    return size


def _kind_of(upload: Any, head: bytes) -> tuple[FileType, str]:
    """What it seems to be. Raises Unusable for what isn't on the list."""
    mime = filetype.guess_mime(head)
    if head.startswith(b"PK\x03\x04"):
        if (document := office.look(upload)) is not None:
            return document, "zip"
    elif mime in {"image/jpeg", "image/png", "image/webp", "image/heic"}:
        return TYPES["jpg"], mime
    elif mime == "application/pdf" and head.startswith(b"%PDF-"):
        return TYPES["pdf"], mime
    elif mime in {"video/mp4", "video/x-m4v"}:
        return TYPES["mp4"], mime
    elif images.is_heic(head):
        return TYPES["jpg"], "image/heic"
    raise Unusable("can't be used. Upload a photo, PDF or Office file.")


def _clean(upload: Any, kind: FileType, mime: str) -> tuple[FileType, IO[bytes]]:
    match kind.extension:
        case "jpg":
            return images.redraw(upload, mime)
        case "pdf":
            return kind, pdfs.defuse(upload)
        case "mp4":
            videos.blank_tags(upload)
    return kind, upload


def clean_name(name: str, extension: str = "") -> str:
    """A name without path, NUL, control or direction signs, at most 150 characters.

    With ``extension`` the name ends as the content says, whatever it ended with before.
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in last)
    stem = " ".join(visible.split()).strip(". ") or "file"
    if not extension:
        return stem[:NAME_LENGTH]
    head, dot, tail = stem.rpartition(".")
    if dot and head.strip(". ") and _EXTENSION.fullmatch(tail):
        stem = head.strip(". ")
    return f"{stem[: NAME_LENGTH - len(extension) - 1]}.{extension}"
