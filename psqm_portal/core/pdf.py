"""Making PDFs that everybody can read: tagged (PDF/UA-1), with our own typeface, from our own files only."""

import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from psqm_portal.core import printing

# A host that can't exist: links of a document that are not ours have nothing to hang on.
BASE_URL = "https://static.invalid/"
# Where a document's own pictures stand, for as long as it is being made.
PICTURES_URL = "https://pictures.invalid/"
# Each subset of a typeface is a family of its own: two files under one name are taken for one font, and
# the letters of the second (ź, Ŵ, ŷ) come out as wrong glyphs. Ours first; Noto has the letters it hasn't.
_FILE = "dist/fonts/print/{}-{}-normal.woff2"
FONTS = {
    "Atkinson Hyperlegible Next": "atkinson-hyperlegible-next-latin",
    "Atkinson Hyperlegible Next Extended": "atkinson-hyperlegible-next-latin-ext",
    "Noto Sans Latin": "noto-sans-latin",
    "Noto Sans Extended": "noto-sans-latin-ext",
    "Noto Sans Greek": "noto-sans-greek",
    "Noto Sans Old Greek": "noto-sans-greek-ext",
    "Noto Sans Cyrillic": "noto-sans-cyrillic",
    "Noto Sans Wide Cyrillic": "noto-sans-cyrillic-ext",
}
WEIGHTS = (400, 700)
# All that the program for long documents is told of this machine: no secrets are among it.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "DYLD_FALLBACK_LIBRARY_PATH")


class PdfUnavailable(RuntimeError):
    """The program that makes PDFs is missing on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "PDFs can't be made on this machine: WeasyPrint or its system libraries are missing. "
            "On Debian: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0. On macOS: brew install pango."
        )


class PdfTooMuch(RuntimeError):
    """A document took more time or memory than it may."""


@dataclass(frozen=True, slots=True)
class OnePage:
    """What a page becomes that is a file of its own."""

    target: Path
    title: str
    description: str
    day: date


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that the layout of one document may take; beyond it the program is killed (S26)."""

    seconds: int = 60
    megabytes: int = 1024


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """A PDF/UA-1 of an HTML template, which needs a ``<title>`` and ``lang``."""
    return html_to_pdf(render_to_string(template, dict(context)))


def html_to_pdf(html: str) -> bytes:
    """Anything the HTML asks for but our own static files isn't fetched (S25)."""
    try:
        printing.load()
    except (ImportError, OSError) as missing:
        raise PdfUnavailable from missing
    html = _composed(html)
    pdf = printing.write_pdf(html, base_url=BASE_URL, sheet=_font_faces(html), find=_own_static_file)
    assert pdf is not None  # noqa: S101 - no target was named
    return pdf


def print_to(
    target: Path, html: str, *, pictures: Mapping[str, Path] | None = None, limits: Limits = Limits()
) -> None:
    """The same for what people wrote at any length: laid out by a program of its own, within limits.

    ``pictures``: name → JPEG; the HTML shows one as ``PICTURES_URL`` and its name. Raises PdfTooMuch.
    """
    shown = {PICTURES_URL + name: str(path) for name, path in (pictures or {}).items()}
    _print(target.parent, html, limits, target=str(target), pictures=shown)


def print_pages(pages: Sequence[OnePage], html: str, *, limits: Limits = Limits()) -> None:
    """Each page of the HTML as a file of its own: laid out at once, by a program as above."""
    files = [
        {
            "target": str(page.target),
            "title": page.title,
            "description": page.description,
            "day": page.day.isoformat(),
        }
        for page in pages
    ]
    _print(pages[0].target.parent, html, limits, files=files, pictures={})


def print_bytes(html: str, *, limits: Limits = Limits()) -> bytes:
    """The same for a file that isn't kept."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "made.pdf"
        print_to(target, html, limits=limits)
        return target.read_bytes()


def _print(folder: Path, html: str, limits: Limits, **what: Any) -> None:
    html = _composed(html)
    job = {
        "base_url": BASE_URL,
        "sheet": _font_faces(html),
        "prefix": urlsplit(settings.STATIC_URL).path,
        "roots": [str(root) for root in _roots()],
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
        **what,
    }
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        page = Path(beside) / "page.html"
        page.write_text(html, encoding="utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(Path(printing.__file__))],
                input=json.dumps({**job, "html": str(page)}).encode(),
                capture_output=True,
                timeout=limits.seconds + 10,
                check=False,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
        except subprocess.TimeoutExpired as expired:
            raise PdfTooMuch(f"Not laid out within {limits.seconds} seconds.") from expired
    if done.returncode == printing.MISSING:
        raise PdfUnavailable
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace")
        if done.returncode < 0 or "MemoryError" in words:
            raise PdfTooMuch(f"Ended by {done.returncode}: {words[-2000:]}")
        raise RuntimeError(words[-4000:])


def unprintable(text: str) -> str:
    """The letters of a text that none of our typefaces has; none where the front end isn't built."""
    files = [file for name in FONTS.values() if (file := static_file(_FILE.format(name, WEIGHTS[0])))]
    if not files:
        return ""
    known = frozenset().union(*map(_letters_of, files))
    return "".join(
        dict.fromkeys(sign for sign in _composed(text) if _is_drawn(sign) and ord(sign) not in known)
    )


def _composed(text: str) -> str:
    """A letter and its accent as one sign, as the typefaces have them."""
    return unicodedata.normalize("NFC", text)


def _is_drawn(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def _font_faces(html: str) -> str:
    """Of our typefaces those with letters of this text, where the front end has been built; else what the
    machine has. Each costs time to load.
    """
    left = {ord(sign) for sign in set(html) if _is_drawn(sign)}
    families, faces = [], []
    for family, name in FONTS.items():
        file = static_file(_FILE.format(name, WEIGHTS[0]))
        if file is None or not left & _letters_of(file):
            continue
        left -= _letters_of(file)
        families.append(f"'{family}'")
        faces += [
            f"@font-face {{ font-family: '{family}'; font-weight: {weight}; "
            f"src: url('{BASE_URL}{_FILE.format(name, weight)}') format('woff2'); }}"
            for weight in WEIGHTS
        ]
    faces.append(f"html {{ font-family: {', '.join([*families, 'DejaVu Sans'])}, sans-serif; }}")
    return "\n".join(faces)


@cache
def _letters_of(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - only who prints needs it; WeasyPrint brings it

    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def static_file(name: str) -> Path | None:
    """A file below our static folders, or None."""
    return printing.below(name, _roots())


def _own_static_file(url: str) -> Path | None:
    prefix = urlsplit(settings.STATIC_URL).path
    return printing.static_file(url, base_url=BASE_URL, prefix=prefix, roots=_roots())


def _roots() -> list[Path]:
    roots = [*(settings.STATICFILES_DIRS or ()), getattr(settings, "STATIC_ROOT", None) or ""]
    return [Path(root) for root in roots if root]
