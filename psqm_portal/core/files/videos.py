"""MP4 films: the boxes must add up; those that hold tags (place, owner) are blanked in place (S19)."""

import struct
from collections.abc import Iterator
from typing import IO

from psqm_portal.core.files.types import DAMAGED, Unusable

_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
_INSIDE = {b"moov", b"trak", b"mdia", b"moof", b"traf"}
_TAGS = {b"udta", b"meta", b"uuid"}
_MAX_BOXES = 100_000
# Real films nest five deep.
_MAX_DEPTH = 20
_BLANK = bytes(64 * 1024)


def blank_tags(film: IO[bytes]) -> None:
    """The same film, changed where it lies; byte positions stay, so that it still plays. Raises Unusable."""
    seen = set()
    for count, (kind, start, end) in enumerate(_boxes(film, 0, film.seek(0, 2) or film.tell())):
        if count > _MAX_BOXES or (count == 0 and (kind != b"ftyp" or _at(film, 8, 4) not in _BRANDS)):
            raise Unusable(DAMAGED)
        seen.add(kind)
        if kind in _TAGS:
            _blank(film, start, end)
    if not {b"ftyp", b"moov"} <= seen:
        raise Unusable(DAMAGED)
    film.seek(0)


def _at(film: IO[bytes], start: int, length: int) -> bytes:
    film.seek(start)
    return film.read(length)


def _blank(film: IO[bytes], start: int, end: int) -> None:
    film.seek(start + 4)
    film.write(b"free")
    left = end - start - 8
    while left > 0:
        left -= film.write(_BLANK[:left])


def _boxes(film: IO[bytes], start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Each box as (kind, start, end), outer before inner."""
    while start < end:
        if end - start < 8 or depth > _MAX_DEPTH:
            raise Unusable(DAMAGED)
        head = _at(film, start, 16)
        size, kind = struct.unpack_from(">I4s", head)
        header = 8
        if size == 1 and end - start >= 16:
            size, header = struct.unpack_from(">Q", head, 8)[0], 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            raise Unusable(DAMAGED)
        yield kind, start, start + size
        if kind in _INSIDE:
            yield from _boxes(film, start + header, start + size, depth + 1)
        start += size
