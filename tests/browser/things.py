"""Real files, made on the spot: what a school has on its phone and its desk."""

from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw

_GPS_IFD = 0x8825
_MAKE = 0x010F


def photo(folder: Path) -> Path:
    """A JPEG as a phone takes it: with the place where it was taken."""
    picture = Image.new("RGB", (1600, 1200), "#dfe8d5")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((500, 300, 1100, 900), fill="#5a2a86")
    exif = Image.Exif()
    exif[_MAKE] = "Phone of a teacher"
    exif.get_ifd(_GPS_IFD).update({1: "N", 2: (51.0, 45.0, 0.0), 3: "W", 4: (0.0, 48.0, 0.0)})
    path = folder / "volcano.jpg"
    picture.save(path, exif=exif)
    with Image.open(path) as written:
        assert written.getexif().get_ifd(_GPS_IFD), "the photo has to carry a place, or it shows nothing"
    return path


def document(folder: Path) -> Path:
    path = folder / "science-policy.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(path)
    return path


def program(folder: Path) -> Path:
    path = folder / "volcano.exe"
    path.write_bytes(b"MZ\x90\x00" + b"\x00" * 100)
    return path


def place_in(picture: Path) -> dict[int, object]:
    """What a stored picture says about where and with what it was taken."""
    with Image.open(picture) as stored:
        exif = stored.getexif()
        return {**dict(exif), **dict(exif.get_ifd(_GPS_IFD))}
