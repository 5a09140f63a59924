"""A ZIP that is made while it is sent: never on a disk, never in memory as a whole."""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from psqm_portal.core.clock import LONDON

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class InZip:
    """A stored file: its place in the ZIP, where its bytes are, its date."""

    place: str
    key: str
    at: datetime


# What was missing in the storage → the texts that stand at the ZIP's end, by their names.
Texts = Callable[[Sequence[InZip]], Mapping[str, str]]


class _Wire:
    """What the ZIP wrote since it was last taken from here; it can't go back."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, content: bytes) -> int:
        self.parts.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """A ZipFile asks for it."""

    def close(self) -> None:
        """As above."""

    def take(self) -> bytes:
        content = b"".join(self.parts)
        self.parts.clear()
        return content


def zip_stream(files: Iterable[InZip], *, texts: Texts, now: datetime) -> Iterator[bytes]:
    wire, missing = _Wire(), []
    with zipfile.ZipFile(wire, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            try:
                content = default_storage.open(file.key)
            except OSError:
                missing.append(file)
                continue
            with content, archive.open(_info(file.place, file.at), "w") as entry:
                while chunk := content.read(_CHUNK):
                    entry.write(chunk)
                    yield wire.take()
            yield wire.take()
        for name, text in texts(missing).items():
            archive.writestr(_info(name, now), text.replace("\n", "\r\n"))
    yield wire.take()


def zip_response(name: str, stream: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(stream, content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response


def _info(name: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, at.astimezone(LONDON).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
