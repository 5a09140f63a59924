"""Names inside a ZIP: readable, safe on every system, and never two alike (S21)."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from submissions.pages.reading import Piece, Reading

# Windows opens paths of 260 characters at most, and people unpack into deep folders.
LONGEST = 60
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe(name: str, longest: int = LONGEST) -> str:
    """One step of a path: no separator, control or direction sign, no name that Windows keeps for itself."""
    visible = "".join(
        " " if unicodedata.category(sign)[0] in "CZ" else sign for sign in unicodedata.normalize("NFC", name)
    )
    words = " ".join(_FORBIDDEN.sub(" ", visible).split())[:longest].strip(". ")
    if not words or _DEVICES.match(words):
        words = f"file {words}".strip()
    return words


def unique(path: str, taken: set[str]) -> str:
    """``Seeds.jpg``, then ``Seeds (2).jpg``; to Windows and macOS names in other case are alike."""
    at = PurePosixPath(path)
    number, found = 1, path
    while found.casefold() in taken:
        number += 1
        found = str(at.with_name(f"{at.stem} ({number}){at.suffix}"))
    taken.add(found.casefold())
    return found


def place_files(reading: Reading, taken: Iterable[str] = ()) -> None:
    """Says of each file where it is in the ZIP: once, in the folder of the first part that shows it."""
    used = {name.casefold() for name in taken}
    places: dict[int, str] = {}
    for chapter in reading.chapters:
        folder = "/".join(safe(step) for step in chapter.folder)
        for piece in chapter.pieces:
            if piece.file is not None and piece.pk not in places:
                places[piece.pk] = unique(f"{folder}/{_file_name(piece)}", used)
    for piece in reading.pieces:
        if piece.file is not None:
            piece.place = places[piece.pk]


def _file_name(piece: Piece) -> str:
    """Its title, which says more than IMG_2034, with the ending that its content has."""
    assert piece.file is not None  # noqa: S101 - asked for files only
    ending = PurePosixPath(piece.file.name).suffix or PurePosixPath(piece.file.key).suffix
    stem = piece.title
    if stem.lower().endswith(ending.lower()):
        stem = stem[: len(stem) - len(ending)]
    return f"{safe(stem)}.{safe(ending[1:], 10)}" if ending[1:] else safe(stem)
