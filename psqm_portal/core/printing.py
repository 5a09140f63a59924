"""Lays out PDFs; also a program of its own, so that a document that eats memory or time can be killed (S26).

    python -I printing.py < job.json

It imports nothing of the portal: it knows no secrets, no database and no network, only the files it is named.
Exits with ``MISSING`` where WeasyPrint or a library of its is missing.
"""

import contextlib
import copy
import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

MISSING = 3
TYPES = {
    ".css": "text/css",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
# What opens a way out of this process; WeasyPrint needs none of them once it is imported.
_WAYS_OUT = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen",
    "os.system", "os.exec", "os.posix_spawn", "os.fork",
)  # fmt: skip

_VARIANT = {"pdf_variant": "pdf/ua-1"}

Find = Callable[[str], Path | None]


def load() -> Any:
    """WeasyPrint takes two seconds and wants libraries of the system: ImportError or OSError."""
    import weasyprint  # noqa: PLC0415 - see above
    import weasyprint.text.fonts  # noqa: PLC0415 - see above

    return weasyprint


def write_pdf(
    html: str, *, base_url: str, sheet: str, find: Find, target: Path | None = None
) -> bytes | None:
    """PDF/UA-1. ``find`` gives the file behind an address; None is not fetched, and there is no other way."""
    document = _laid_out(html, base_url=base_url, sheet=sheet, find=find)
    pdf: bytes | None = document.write_pdf(str(target) if target else None, **_VARIANT)
    return pdf


def write_pages(
    html: str, files: Sequence[Mapping[str, str]], *, base_url: str, sheet: str, find: Find
) -> None:
    """Each page of ``html`` as a PDF/UA-1 of its own, laid out together: that halves the time.

    ``files``, one for each page: its ``target``, ``title``, ``description`` and ``day``.
    """
    document = _laid_out(html, base_url=base_url, sheet=sheet, find=find)
    if len(document.pages) != len(files):
        raise ValueError(f"{len(document.pages)} pages for {len(files)} files.")
    for page, file in zip(document.pages, files, strict=True):
        one = document.copy([page])
        one.metadata = copy.copy(document.metadata)
        one.metadata.title, one.metadata.description = file["title"], file["description"]
        one.metadata.created = one.metadata.modified = file["day"]
        one.write_pdf(file["target"], **_VARIANT)


def _laid_out(html: str, *, base_url: str, sheet: str, find: Find) -> Any:
    weasyprint = load()
    fetcher = _fetcher(find)
    fonts = weasyprint.text.fonts.FontConfiguration()
    style = weasyprint.CSS(string=sheet, font_config=fonts, url_fetcher=fetcher, base_url=base_url)
    document = weasyprint.HTML(string=html, base_url=base_url, url_fetcher=fetcher)
    return document.render(stylesheets=[style], font_config=fonts, **_VARIANT)


def static_file(url: str, *, base_url: str, prefix: str, roots: Iterable[Path]) -> Path | None:
    """``https://static.invalid/static/dist/x.css``: ``dist/x.css`` below a folder; None for any other."""
    parts, base = urlsplit(url), urlsplit(base_url)
    if (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        return None
    path = unquote(parts.path)
    return below(path.removeprefix(prefix if path.startswith(prefix) else "/"), roots)


def below(name: str, roots: Iterable[Path]) -> Path | None:
    """A file below one of the folders, or None; ``..``, links out and hidden files are nobody's."""
    parts = Path(name).parts
    if not parts or name.startswith("/") or any(part.startswith(".") for part in parts) or "\0" in name:
        return None
    for root in roots:
        path = (root / name).resolve()
        if path.is_file() and path.is_relative_to(root.resolve()):
            return path
    return None


def _fetcher(find: Find) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - imported lazily

    class NamedFilesOnly(URLFetcher):
        """No network, no redirects, no file: or data: address: only what ``find`` knows."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - WeasyPrint hands them over
            path = find(url)
            if path is None or path.suffix not in TYPES:
                raise ValueError("Only the portal's own files are used in a PDF.")
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": TYPES[path.suffix]})

    return NamedFilesOnly()


def _limit(seconds: int, megabytes: int) -> None:
    """Ends this process by itself, also when the one that started it is gone."""
    import resource  # noqa: PLC0415 - only where there is a process to limit
    import signal  # noqa: PLC0415 - see above

    signal.alarm(seconds)
    size = megabytes * 1024 * 1024
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS knows the limits and refuses to set some of them.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))


def _stay_in(event: str, _: Any) -> None:
    if event in _WAYS_OUT:
        raise PermissionError(f"A PDF needs no {event}.")


def main() -> int:
    job = json.load(sys.stdin)
    _limit(job["seconds"], job["megabytes"])
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        load()
    except (ImportError, OSError):
        return MISSING
    sys.addaudithook(_stay_in)
    pictures, base_url = job["pictures"], job["base_url"]
    roots = [Path(root) for root in job["roots"]]

    def find(url: str) -> Path | None:
        if url in pictures:
            return Path(pictures[url])
        return static_file(url, base_url=base_url, prefix=job["prefix"], roots=roots)

    html = Path(job["html"]).read_text(encoding="utf-8")
    if files := job.get("files"):
        write_pages(html, files, base_url=base_url, sheet=job["sheet"], find=find)
    else:
        write_pdf(html, base_url=base_url, sheet=job["sheet"], find=find, target=Path(job["target"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
