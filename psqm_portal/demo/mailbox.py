"""A mail's plain text cut into paragraphs and links, for the page that shows it."""

import re
from dataclasses import dataclass

from django.conf import settings

_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; ``link`` is set for an address of the portal, the only ones that can be followed."""

    text: str
    link: str = ""


def blocks_of(text: str) -> list[list[list[Piece]]]:
    """Paragraphs of lines of pieces."""
    return [[_pieces(line) for line in block.split("\n")] for block in re.split(r"\n\s*\n", text.strip())]


def _pieces(line: str) -> list[Piece]:
    pieces, end = [], 0
    for found in _LINK.finditer(line):
        address = found.group().rstrip(".,;:)")
        if not address.startswith(f"{settings.PORTAL_ORIGIN}/"):
            continue
        pieces += [Piece(line[end : found.start()]), Piece(address, link=address)]
        end = found.start() + len(address)
    pieces.append(Piece(line[end:]))
    return [piece for piece in pieces if piece.text]
