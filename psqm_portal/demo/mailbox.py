"""A mail's plain text cut into paragraphs and links, for the page that shows it."""

import re
from dataclasses import dataclass

from django.conf import settings

_LINK = re.compile(r"https?://\S+")
_OWN = re.compile(r"http://localhost(:\d+)?/")


def at_home(html: str) -> str:
    """Addresses of the portal as it runs now."""
    return _OWN.sub(f"{settings.PORTAL_ORIGIN}/", html)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; ``link`` is set for an address of the portal, the only ones that can be followed.

    It is the path alone: the demonstration may run on another port than on the day the mail was written.
    """

    text: str
    link: str = ""


def blocks_of(text: str) -> list[list[list[Piece]]]:
    """Paragraphs of lines of pieces."""
    return [[_pieces(line) for line in block.split("\n")] for block in re.split(r"\n\s*\n", text.strip())]


def _pieces(line: str) -> list[Piece]:
    pieces, end = [], 0
    for found in _LINK.finditer(line):
        address = found.group().rstrip(".,;:)")
        if not _OWN.match(address):
            continue
        pieces += [Piece(line[end : found.start()]), Piece(address, link=_OWN.sub("/", address))]
        end = found.start() + len(address)
    pieces.append(Piece(line[end:]))
    return [piece for piece in pieces if piece.text]
