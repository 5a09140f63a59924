"""A small picture of a photo or of a PDF's first page, made in the background, kept beside its file.

It is opened by whoever may open the file, at the same address with ``?preview``, and never by anybody else.
"""

import logging
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageFile, ImageOps

from psqm_portal.core.files.storing import PREVIEW
from psqm_portal.core.models import StoredFile

SIDE = 480
QUALITY = 80
# One that was asked for and isn't there by now is asked for again.
STALE = timedelta(minutes=5)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}

log = logging.getLogger(__name__)


def preview_key(stored: StoredFile) -> str:
    return stored.key + PREVIEW


def make(pk: int) -> None:
    """Killed or twice: once. What can't be drawn has none, and its page shows its name alone."""
    waiting = StoredFile.served().filter(pk=pk, preview=StoredFile.Preview.WAITING)
    if (stored := waiting.first()) is None:
        return
    try:
        with default_storage.open(stored.key) as file:
            small = _page(file) if stored.kind == StoredFile.Kind.PDF else _photo(file, stored.content_type)
    except FileNotFoundError:
        return  # what looks for lost files finds it
    except Exception:  # whatever a library throws at odd bytes: the file itself is there all the same
        log.exception("No preview of stored file %s", pk)
        waiting.update(preview=StoredFile.Preview.NONE)
        return
    key = preview_key(stored)
    default_storage.delete(key)
    written = default_storage.save(key, ContentFile(small))
    if written != key:  # another worker was faster
        default_storage.delete(written)
    waiting.update(preview=StoredFile.Preview.MADE)


def waiting(now: datetime) -> list[int]:
    """Files whose preview should be there by now, the longest waiting first."""
    late = StoredFile.served().filter(
        preview=StoredFile.Preview.WAITING, stored_at__lte=now - STALE, lost_at=None
    )
    return list(late.order_by("pk").values_list("pk", flat=True)[:500])


def _photo(file: IO[bytes], content_type: str) -> bytes:
    # WeasyPrint's import lets cut files pass, in the whole process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(file, formats=[_FORMATS[content_type]]) as image:
        image.draft("RGB", (SIDE, SIDE))
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        return _jpeg(image)


def _page(file: IO[bytes]) -> bytes:
    import pypdfium2  # noqa: PLC0415 - only workers draw pages

    document = pypdfium2.PdfDocument(file)
    try:
        page = document[0]
        scale = SIDE / max(*page.get_size(), 1.0)
        drawn: Any = page.render(scale=scale, may_draw_forms=False)
        return _jpeg(drawn.to_pil())
    finally:
        document.close()


def _jpeg(image: Image.Image) -> bytes:
    """On white where it is transparent; without a tag."""
    flat = image
    if image.mode not in {"RGB", "L"}:
        clear = image.convert("RGBA")
        flat = Image.new("RGB", clear.size, "white")
        flat.paste(clear, mask=clear.getchannel("A"))
    flat = ImageOps.exif_transpose(flat)
    flat.info = {}
    out = BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
