"""Word, Excel and PowerPoint files: a ZIP with the right parts, no macros, no bomb (S18)."""

import lzma
import stat
import struct
import zipfile
import zlib
from typing import IO

from psqm_portal.core.files.types import DAMAGED, TYPES, FileType, Unusable

MAX_MEMBERS = 5_000
MAX_EXPANDED = 300 * 1024 * 1024
MAX_TYPES_PART = 2 * 1024 * 1024
_TYPES_PART = "[Content_Types].xml"
_MAIN = {
    "word/document.xml": ("docx", b"wordprocessingml.document.main+xml"),
    "xl/workbook.xml": ("xlsx", b"spreadsheetml.sheet.main+xml"),
    "ppt/presentation.xml": ("pptx", b"presentationml.presentation.main+xml"),
}
_BROKEN = (
    zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error,
    lzma.LZMAError, struct.error,
)  # fmt: skip
_MACROS = "has macros in it. Save it without them (as .docx, .xlsx or .pptx), then upload it."


def look(file: IO[bytes]) -> FileType | None:
    """What the ZIP is; None for any other ZIP. Only its list and one small part are ever read."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_EXPANDED:
                raise Unusable("is too big inside. Save it smaller, then upload it.")
            names = {member.filename for member in members}
            if len(names) < len(members) or any(_is_odd(member) for member in members):
                raise Unusable(DAMAGED)
            if _TYPES_PART not in names or archive.getinfo(_TYPES_PART).file_size > MAX_TYPES_PART:
                return None
            types = archive.read(_TYPES_PART)
    except _BROKEN as damaged:
        raise Unusable(DAMAGED) from damaged
    lower = {name.lower() for name in names}
    if any("vbaproject" in name or "/activex/" in name for name in lower) or _names_macros(types):
        raise Unusable(_MACROS)
    for part, (extension, main_type) in _MAIN.items():
        if part in names and main_type in types:
            return TYPES[extension]
    return None


def _names_macros(types: bytes) -> bool:
    small = types.lower()
    return b"macroenabled" in small or b"vbaproject" in small


def _is_odd(member: zipfile.ZipInfo) -> bool:
    """A path that leaves the folder, a symbolic link, an encrypted part."""
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    leaves = name.startswith("/") or "\\" in name or ":" in parts[0] or ".." in parts
    return leaves or stat.S_ISLNK(member.external_attr >> 16) or bool(member.flag_bits & 0x1)
