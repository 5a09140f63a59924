"""Files of the story, made and checked once each; every school keeps its own copy in its own folder."""

from datetime import datetime
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile

from psqm_portal.core.files.checks import check
from psqm_portal.core.files.storing import store_made
from psqm_portal.core.models import StoredFile
from psqm_portal.demo.making.papers import paper
from psqm_portal.demo.making.pictures import picture
from psqm_portal.demo.texts.evidence import Piece
from psqm_portal.demo.texts.papers import PAPERS

# Each picture is drawn in so many ways.
WAYS = 2


def upload_of(piece: Piece, school: str, number: int) -> SimpleUploadedFile:
    """As a subject leader would choose it on their machine."""
    if piece.picture:
        return SimpleUploadedFile(f"IMG_{2041 + number:04d}.jpg", _drawn(piece.picture, number % WAYS))
    title, paragraphs = PAPERS[piece.paper]
    return SimpleUploadedFile(f"{title.replace(':', ' -')}.pdf", paper(title, school, paragraphs))


def keep(piece: Piece, school: str, number: int, *, owner: str, now: datetime) -> StoredFile:
    """Stored without looking at the same bytes once more; they passed the checks of an upload."""
    name = f"{piece.title.replace(':', ' -').replace('?', '')}.{'jpg' if piece.picture else 'pdf'}"
    kind = StoredFile.Kind.IMAGE if piece.picture else StoredFile.Kind.PDF
    if piece.picture:
        content = _checked_picture(piece.picture, number % WAYS)
    else:
        content = _checked_paper(piece.paper, school)
    return store_made(content, name=name, kind=kind, owner=owner, now=now, shown_in_small=True)


@cache
def _drawn(name: str, way: int) -> bytes:
    return picture(name, way)


@cache
def _checked_picture(name: str, way: int) -> bytes:
    return check(SimpleUploadedFile("photo.jpg", _drawn(name, way))).content


def _checked_paper(name: str, school: str) -> bytes:
    title, paragraphs = PAPERS[name]
    return check(SimpleUploadedFile("paper.pdf", paper(title, school, paragraphs))).content


def forget() -> None:
    """Lets go of the pictures."""
    _drawn.cache_clear()
    _checked_picture.cache_clear()
