from dataclasses import dataclass

from psqm_portal.core.models import StoredFile


class BadFile(Exception):
    """A file that isn't kept; the text is a sentence for the person who uploaded it."""


class Unusable(Exception):
    """Why a file can't be kept; the text finishes the sentence "The file … "."""


DAMAGED = "can't be opened: it may be damaged. Save it again, then upload it."


@dataclass(frozen=True, slots=True)
class FileType:
    extension: str
    kind: StoredFile.Kind
    content_type: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    known.extension: known
    for known in (
        FileType("jpg", StoredFile.Kind.IMAGE, "image/jpeg"),
        FileType("png", StoredFile.Kind.IMAGE, "image/png"),
        FileType("webp", StoredFile.Kind.IMAGE, "image/webp"),
        FileType("pdf", StoredFile.Kind.PDF, "application/pdf"),
        FileType("docx", StoredFile.Kind.WORD, f"{_OFFICE}wordprocessingml.document"),
        FileType("xlsx", StoredFile.Kind.EXCEL, f"{_OFFICE}spreadsheetml.sheet"),
        FileType("pptx", StoredFile.Kind.POWERPOINT, f"{_OFFICE}presentationml.presentation"),
        FileType("mp4", StoredFile.Kind.VIDEO, "video/mp4"),
    )
}
