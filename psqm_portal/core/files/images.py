"""Photos: drawn anew, upright, without any tag (S17, S19)."""

import struct
import zlib
from io import BytesIO
from typing import IO

import pillow_heif
from PIL import Image, ImageFile, ImageOps

from psqm_portal.core.files.types import DAMAGED, TYPES, FileType, Unusable

# A 50-megapixel phone photo passes; 60 million pixels decode to 240 MB at most.
MAX_PIXELS = 60_000_000
# Nobody prints a photo larger than A3 from here.
MAX_SIDE = 4096
QUALITY = 88

pillow_heif.register_heif_opener(thumbnails=False)

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
_KEPT_AS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "jpg"}
# What the decoders and readers of tags throw at bytes that were made to break them.
_BROKEN = (
    OSError, ValueError, SyntaxError, RuntimeError, EOFError, MemoryError, LookupError, TypeError,
    AttributeError, ArithmeticError, struct.error, zlib.error,
)  # fmt: skip
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def redraw(photo: IO[bytes], mime: str) -> tuple[FileType, IO[bytes]]:
    """The picture drawn anew. Raises Unusable; the size is judged before a pixel is decoded."""
    format_name = _FORMATS[mime]
    # WeasyPrint's import lets cut files pass, in the whole process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(photo, formats=[format_name]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unusable(_too_large(image.size))
            # Lets the JPEG decoder read a huge photo at half or quarter size.
            image.draft(None, (MAX_SIDE, MAX_SIDE))
            image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
            upright = ImageOps.exif_transpose(image)
            found = TYPES[_KEPT_AS[format_name]]
            return found, _bytes_of(upright, found.extension)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Unusable("has too many pixels. Save it smaller, then upload it.") from bomb
    except _BROKEN as damaged:
        raise Unusable(DAMAGED) from damaged


def _too_large(size: tuple[int, int]) -> str:
    return f"has too many pixels ({size[0]:,} × {size[1]:,}). Save it smaller, then upload it."


def _bytes_of(image: Image.Image, extension: str) -> BytesIO:
    transparent = image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info
    if extension == "jpg":
        plain = image if image.mode in {"RGB", "L"} else image.convert("RGB")
    else:
        plain = image.convert("RGBA" if transparent else "L" if image.mode in {"1", "L"} else "RGB")
    # Savers write some of these back (comment, ICC, EXIF, XMP).
    plain.info = {}
    out = BytesIO()
    match extension:
        case "jpg":
            plain.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
        case "png":
            plain.save(out, "PNG")
        case _:
            plain.save(out, "WEBP", quality=QUALITY)
    out.seek(0)
    return out
