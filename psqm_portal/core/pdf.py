"""Making PDFs that everybody can read: tagged (PDF/UA-1), with our own typeface, from our own files only."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
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
# Each subset of the typeface is a family of its own: two files under one name are taken for one font, and
# the letters of the second (ź, Ŵ, ŷ) come out as wrong glyphs.
_FILE = "dist/fonts/atkinson-hyperlegible-next-{}-wght-normal.woff2"
FONTS = {
    "Atkinson Hyperlegible Next": _FILE.format("latin"),
    "Atkinson Hyperlegible Next Extended": _FILE.format("latin-ext"),
}
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
    pdf = printing.write_pdf(html, base_url=BASE_URL, sheet=_font_faces(), find=_own_static_file)
    assert pdf is not None  # noqa: S101 - no target was named
    return pdf


def print_to(
    target: Path, html: str, *, pictures: Mapping[str, Path] | None = None, limits: Limits = Limits()
) -> None:
    """The same for what people wrote at any length: laid out by a program of its own, within limits.

    ``pictures``: name → JPEG; the HTML shows one as ``PICTURES_URL`` and its name. Raises PdfTooMuch.
    """
    job = {
        "base_url": BASE_URL,
        "sheet": _font_faces(),
        "target": str(target),
        "prefix": urlsplit(settings.STATIC_URL).path,
        "roots": [str(root) for root in _roots()],
        "pictures": {PICTURES_URL + name: str(path) for name, path in (pictures or {}).items()},
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        page = Path(folder) / "page.html"
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


def _font_faces() -> str:
    """Our typeface, where the front end has been built; else what the machine has."""
    faces = [
        f"@font-face {{ font-family: '{family}'; src: url('{BASE_URL}{name}') format('woff2'); }}"
        for family, name in FONTS.items()
        if static_file(name) is not None
    ]
    families = ", ".join(f"'{family}'" for family in (*FONTS, "DejaVu Sans"))
    faces.append(f"html {{ font-family: {families}, sans-serif; }}")
    return "\n".join(faces)


def static_file(name: str) -> Path | None:
    """A file below our static folders, or None."""
    return printing.below(name, _roots())


def _own_static_file(url: str) -> Path | None:
    prefix = urlsplit(settings.STATIC_URL).path
    return printing.static_file(url, base_url=BASE_URL, prefix=prefix, roots=_roots())


def _roots() -> list[Path]:
    roots = [*(settings.STATICFILES_DIRS or ()), getattr(settings, "STATIC_ROOT", None) or ""]
    return [Path(root) for root in roots if root]
