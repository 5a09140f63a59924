"""Makes a pack's file of a reading: one PDF to print, or one ZIP with everything in it."""

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from PIL import Image, ImageFile

from psqm_portal.core.clock import LONDON
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import PICTURES_URL, Limits, print_to
from submissions.domain.pack_names import place_files
from submissions.pages.reading import Piece, Reading

# A page's width at 180 dots an inch. All pictures together: what a mailbox or a slow school line still takes.
PRINT_SIDE = 1200
PICTURES_BYTES = 18 * 1024 * 1024
# Side in pixels and JPEG quality, best first; the first that fits a picture's share is taken, else the last.
SIZES = ((PRINT_SIDE, 80), (PRINT_SIDE, 68), (900, 68), (700, 65), (520, 60))
# A year's text and 300 photos take 5 s of a processor and 170 MB; what takes this much isn't a school's year.
PDF_LIMITS = Limits(seconds=180, megabytes=1024)
START, MISSING = "Start here.html", "Missing files.txt"
# What else of Pillow's and of a storage comes of bytes that are gone or broken.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
_CHUNK = 1024 * 1024

Step = Callable[[], None]


def make_pdf(reading: Reading, folder: Path, step: Step) -> Path:
    place_files(reading, taken=[START, MISSING])
    pictures: dict[str, Path] = {}
    images = [piece for piece in reading.shown.values() if piece.is_image]
    share = PICTURES_BYTES // max(len(images), 1)
    for piece in images:
        name = f"{piece.pk}.jpg"
        if _shrink(piece.file, folder / name, share):
            pictures[name] = folder / name
        step()
    for piece in reading.pieces:
        if piece.is_image:
            piece.lost = f"{piece.pk}.jpg" not in pictures
            piece.src = "" if piece.lost else f"{PICTURES_URL}{piece.pk}.jpg"
    html = render_to_string("submissions/pack/paper.html", {"reading": reading, "in_paper": True})
    target = folder / "pack.pdf"
    print_to(target, html, pictures=pictures, limits=PDF_LIMITS)
    step()
    return target


def make_zip(reading: Reading, folder: Path, step: Step) -> Path:
    """Written to the disk as it goes: neither the ZIP nor a file in it is ever held in memory."""
    place_files(reading, taken=[START, MISSING])
    lost: set[int] = set()
    target = folder / "pack.zip"
    with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
        for piece in reading.shown.values():
            if piece.file is not None:
                if not _copy(piece.file, piece.place, archive):
                    lost.add(piece.pk)
                step()
        for piece in reading.pieces:
            piece.lost = piece.pk in lost
            if piece.place and not piece.lost:
                piece.href = quote(piece.place)
                piece.src = piece.href if piece.is_image else ""
        html = render_to_string("submissions/pack/start.html", {"reading": reading})
        archive.writestr(_info(START, reading), html.encode(), zipfile.ZIP_DEFLATED)
        if lost:
            archive.writestr(_info(MISSING, reading), _missing_words(reading), zipfile.ZIP_DEFLATED)
    step()
    return target


def steps_of(reading: Reading, *, is_pdf: bool) -> int:
    """How often ``step`` is called, and once more for keeping the file."""
    files = [piece for piece in reading.shown.values() if piece.file is not None]
    return len([piece for piece in files if piece.is_image or not is_pdf]) + 2


def _shrink(stored: StoredFile | None, target: Path, share: int) -> bool:
    """A JPEG for printing, of ``share`` bytes where that can be; False where there is no picture."""
    assert stored is not None  # noqa: S101 - an image has a file
    # WeasyPrint's import lets cut files pass, in the whole process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with (
            default_storage.open(stored.key) as content,
            Image.open(content, formats=["JPEG", "PNG", "WEBP"]) as image,
        ):
            image.draft("RGB", (PRINT_SIDE, PRINT_SIDE))
            image.thumbnail((PRINT_SIDE, PRINT_SIDE), Image.Resampling.LANCZOS)
            plain = _on_white(image)
    except _BROKEN:
        return False
    for side, quality in SIZES:
        plain.thumbnail((side, side), Image.Resampling.LANCZOS)
        plain.save(target, "JPEG", quality=quality, optimize=True)
        if target.stat().st_size <= share:
            break
    return True


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in {"RGBA", "LA", "PA", "P"}:
        return image.convert("RGB")
    above = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(above, mask=above.getchannel("A"))
    return paper


def _copy(stored: StoredFile, place: str, archive: zipfile.ZipFile) -> bool:
    """False where the bytes are missing or shorter than they were: the ZIP is made all the same."""
    try:
        content = default_storage.open(stored.key)
    except OSError:
        return False
    info = zipfile.ZipInfo(place, stored.stored_at.astimezone(LONDON).timetuple()[:6])
    info.external_attr = 0o644 << 16
    with content, archive.open(info, "w", force_zip64=True) as entry:
        shutil.copyfileobj(content, entry, _CHUNK)
    return info.file_size == stored.size


def _info(name: str, reading: Reading) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, reading.at.astimezone(LONDON).timetuple()[:6])
    info.external_attr = 0o644 << 16
    return info


def _missing_words(reading: Reading) -> str:
    return "\r\n".join(
        [
            "These files should be here, but the portal couldn't find them whole.",
            "Write to the people who run the portal: they may have a copy.",
            "",
            *sorted(_missing(reading)),
            "",
        ]
    )


def _missing(reading: Reading) -> Iterator[str]:
    seen: set[int] = set()
    piece: Piece
    for piece in reading.pieces:
        if piece.lost and piece.pk not in seen and piece.file is not None:
            seen.add(piece.pk)
            yield f"{piece.title} ({piece.file.name})"
