"""PDFs: kept as they look, without anything that acts by itself or carries another file."""

from io import BytesIO
from typing import IO, Any, BinaryIO

import pikepdf

from psqm_portal.core.files.types import DAMAGED, Unusable

MAX_OBJECTS = 500_000
MAX_DEPTH = 50
# Kinds of action that run a script or program, send data, or reach for another file. Web links stay.
_ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie",
    "/Sound", "/RichMediaExecute",
}  # fmt: skip
# Keys that hold such things wherever they stand: triggers, attached files, scripts, XFA forms.
_KEYS = (
    "/AA", "/OpenAction", "/EmbeddedFiles", "/EF", "/AF", "/JavaScript", "/JS", "/XFA", "/RichMediaContent",
)  # fmt: skip
# What the library knows to take out; the pass below goes over every object for the rest.
_SANITIZER = (
    pikepdf.sanitize.Sanitizer()
    .remove_javascript()
    .remove_attachments()
    .remove_multimedia()
    .remove_thumbnails()
    .remove_private_app_data()
    .remove_collection()
)
_ANNOTATIONS = {"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"}


def defuse(file: BinaryIO) -> IO[bytes]:
    """The same pages, harmless. Raises Unusable for an encrypted or damaged file."""
    try:
        with pikepdf.open(file) as pdf:
            if pdf.is_encrypted:
                raise Unusable(_LOCKED)
            if len(pdf.objects) > MAX_OBJECTS or len(pdf.pages) == 0:
                raise Unusable(DAMAGED)
            _SANITIZER.apply(pdf)
            for thing in pdf.objects:
                _defuse(thing)
            _defuse(pdf.Root)
            out = BytesIO()
            pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            out.seek(0)
            return out
    except pikepdf.PasswordError as locked:
        raise Unusable(_LOCKED) from locked
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError) as damaged:
        raise Unusable(DAMAGED) from damaged


_LOCKED = "is locked with a password. Save it without one, then upload it."


def _defuse(thing: Any, depth: int = 0) -> None:
    """Cleans one object and what is written directly inside it; indirect objects come on their own."""
    if depth > MAX_DEPTH:
        raise Unusable(DAMAGED)
    if isinstance(thing, pikepdf.Array):
        inside = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        _take_out(thing)
        inside = [thing[key] for key in thing.keys()]  # noqa: SIM118 - iterating a PDF dictionary isn't its keys
    else:
        return
    for inner in inside:
        if not getattr(inner, "is_indirect", True):
            _defuse(inner, depth + 1)


def _take_out(thing: Any) -> None:
    for key in _KEYS:
        if key in thing:
            del thing[key]
    if str(thing.get("/S", "")) in _ACTIONS:
        _empty(thing)
    if str(thing.get("/Subtype", "")) in _ANNOTATIONS and "/Rect" in thing:
        _empty(thing, keep=("/Rect", "/Type"))
        thing["/Subtype"] = pikepdf.Name.Square
        thing["/F"] = 2  # hidden


def _empty(thing: Any, keep: tuple[str, ...] = ()) -> None:
    for key in list(thing.keys()):
        if key not in keep:
            del thing[key]
