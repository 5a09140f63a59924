"""MP4 films: the boxes must add up; those that hold tags (place, owner) are blanked in place (S19)."""

import struct
from collections.abc import Iterator

from psqm_portal.core.files.types import DAMAGED, Unusable

_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
_INSIDE = {b"moov", b"trak", b"mdia", b"moof", b"traf"}
_TAGS = {b"udta", b"meta", b"uuid"}
_MAX_BOXES = 100_000
# Real films nest five deep.
_MAX_DEPTH = 20


def without_tags(content: bytes) -> bytes:
    """The same film; byte positions stay, so that it still plays. Raises Unusable."""
    film = bytearray(content)
    seen = set()
    for count, (kind, start, end) in enumerate(_boxes(film, 0, len(film))):
        if count > _MAX_BOXES or (count == 0 and (kind != b"ftyp" or bytes(film[8:12]) not in _BRANDS)):
            raise Unusable(DAMAGED)
        seen.add(kind)
        if kind in _TAGS:
            film[start + 4 : start + 8] = b"free"
            film[start + 8 : end] = bytes(end - start - 8)
    if not {b"ftyp", b"moov"} <= seen:
        raise Unusable(DAMAGED)
    return bytes(film)


def _boxes(film: bytearray, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Each box as (kind, start, end), outer before inner."""
    while start < end:
        if end - start < 8 or depth > _MAX_DEPTH:
            raise Unusable(DAMAGED)
        size, kind = struct.unpack_from(">I4s", film, start)
        header = 8
        if size == 1 and end - start >= 16:
            size, header = struct.unpack_from(">Q", film, start + 8)[0], 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            raise Unusable(DAMAGED)
        yield kind, start, start + size
        if kind in _INSIDE:
            yield from _boxes(film, start + header, start + size, depth + 1)
        start += size
