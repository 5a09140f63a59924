"""Making PDFs that everybody can read: tagged (PDF/UA-1), with our own typeface, from our own files only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string

# A host that can't exist: links of a document that are not ours have nothing to hang on.
BASE_URL = "https://static.invalid/"
# Each subset of the typeface is a family of its own: two files under one name are taken for one font, and
# the letters of the second (ź, Ŵ, ŷ) come out as wrong glyphs.
_FILE = "dist/fonts/atkinson-hyperlegible-next-{}-wght-normal.woff2"
FONTS = {
    "Atkinson Hyperlegible Next": _FILE.format("latin"),
    "Atkinson Hyperlegible Next Extended": _FILE.format("latin-ext"),
}
_TYPES = {
    ".css": "text/css",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class PdfUnavailable(RuntimeError):
    """The program that makes PDFs is missing on this machine."""


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """A PDF/UA-1 of an HTML template, which needs a ``<title>`` and ``lang``."""
    return html_to_pdf(render_to_string(template, dict(context)))


def html_to_pdf(html: str) -> bytes:
    """Anything the HTML asks for but our own static files isn't fetched (S25)."""
    weasyprint = _weasyprint()
    fetcher = _fetcher()
    fonts = weasyprint.text.fonts.FontConfiguration()
    sheet = weasyprint.CSS(string=_font_faces(), font_config=fonts, url_fetcher=fetcher, base_url=BASE_URL)
    document = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=fetcher)
    pdf: bytes = document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")
    return pdf


def _weasyprint() -> Any:
    """Imported when first needed: it takes two seconds and wants libraries of the system."""
    try:
        import weasyprint  # noqa: PLC0415 - see above
        import weasyprint.text.fonts  # noqa: PLC0415 - see above
    except (ImportError, OSError) as missing:
        raise PdfUnavailable(
            "PDFs can't be made on this machine: WeasyPrint or its system libraries are missing. "
            "On Debian: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0. On macOS: brew install pango."
        ) from missing
    return weasyprint


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
    """A file below our static folders, or None; ``..``, links out and hidden files are nobody's."""
    parts = Path(name).parts
    if not parts or name.startswith("/") or any(part.startswith(".") for part in parts) or "\0" in name:
        return None
    roots = [*(settings.STATICFILES_DIRS or ()), getattr(settings, "STATIC_ROOT", None) or ""]
    for root in (Path(root) for root in roots if root):
        path = (root / name).resolve()
        if path.is_file() and path.is_relative_to(root.resolve()):
            return path
    return None


def _static_name(url: str) -> str | None:
    """``https://static.invalid/static/dist/x.css`` -> ``dist/x.css``; None for any other address."""
    parts, base = urlsplit(url), urlsplit(BASE_URL)
    if (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        return None
    path = unquote(parts.path)
    prefix = urlsplit(settings.STATIC_URL).path
    return path.removeprefix(prefix if path.startswith(prefix) else "/")


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - imported lazily

    class OwnFilesOnly(URLFetcher):
        """No network, no redirects, no file: or data: address: only what lies below our static folders."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - WeasyPrint hands them over
            name = _static_name(url)
            path = static_file(name) if name else None
            if path is None or path.suffix not in _TYPES:
                raise ValueError("Only the portal's own static files are used in a PDF.")
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})

    return OwnFilesOnly()
