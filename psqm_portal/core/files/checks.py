"""What may be uploaded, decided by a file's content: never by its name or what the browser says (S15).

Images are drawn anew, so that nothing but pixels survives: no location, no second format in the same
bytes. PDFs lose everything that acts. Office files are looked into, never opened.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from psqm_portal.core.files import images, office, pdfs, videos
from psqm_portal.core.files.types import TYPES, BadFile, FileType, Unusable

__all__ = ["TYPES", "BadFile", "Checked", "check", "clean_name"]

NAME_LENGTH = 150
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: its clean bytes, its name for people, what it is."""

    content: bytes
    name: str
    type: FileType


def check(upload: UploadedFile) -> Checked:
    """Raises BadFile with a sentence for the person who uploaded it."""
    shown = clean_name(upload.name or "")
    content = _read(upload, shown)
    try:
        found, clean = _look(content)
    except Unusable as why:
        raise BadFile(f"The file {shown} {why}") from why
    if found is None:
        raise BadFile(f"The file {shown} can't be used. Upload a photo, PDF or Office file.")
    return Checked(clean, clean_name(shown, found.extension), found)


def _read(upload: UploadedFile, shown: str) -> bytes:
    limit = settings.EVIDENCE_MAX_BYTES
    try:
        upload.seek(0)
        content: bytes = upload.read(limit + 1)
    except OSError as gone:
        raise BadFile(f"The file {shown} didn't arrive completely. Choose it again.") from gone
    if not content:
        raise BadFile(f"The file {shown} is empty. Choose another one.")
    if len(content) > limit:
        most = filesizeformat(limit).replace("\xa0", " ").replace(".0 ", " ")
        raise BadFile(f"The file {shown} is too big. The most is {most}.")
    return content


def _look(content: bytes) -> tuple[FileType | None, bytes]:
    """What it is and its clean bytes; (None, …) for what isn't on the list."""
    if content.startswith(b"PK\x03\x04"):
        return office.look(content), content
    match filetype.guess_mime(content[:8192]):
        case "image/jpeg" | "image/png" | "image/webp" | "image/heic" as mime:
            return images.redraw(content, mime)
        case "application/pdf" if content.startswith(b"%PDF-"):
            return TYPES["pdf"], pdfs.defuse(content)
        case "video/mp4" | "video/x-m4v":
            return TYPES["mp4"], videos.without_tags(content)
    if images.is_heic(content):
        return images.redraw(content, "image/heic")
    return None, content


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
