"""tus 1.0 (core, creation, termination): uploads that go on where they stopped.

The app whose thing is uploaded answers the creation at an address of its own (``announced``, ``created``);
everything after it is here, at the upload's own address. Each change needs the CSRF header, as everywhere.
"""

import base64
import binascii
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from psqm_portal.core import clock
from psqm_portal.core.files import uploads
from psqm_portal.core.files.limits import most_bytes
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import Upload

VERSION = "1.0.0"
MOST_DIGITS = 15


class NotTus(Exception):
    """A request that isn't tus as we speak it; ``status`` says how."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def answer(status: HTTPStatus = HTTPStatus.NO_CONTENT, said: str = "", **headers: object) -> HttpResponse:
    """``said`` is a sentence that the page shows beside the file."""
    response = HttpResponse(said, status=status, content_type="text/plain; charset=utf-8")
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = str(value)
    return response


def abilities() -> HttpResponse:
    return answer(Tus_Version=VERSION, Tus_Extension="creation,termination", Tus_Max_Size=most_bytes())


def announced(request: HttpRequest) -> tuple[str, int]:
    """The name and size of a file that is to come. Raises NotTus."""
    _check_version(request)
    return _metadata(request).get("filename", ""), _number(request, "Upload-Length")


def created(upload: Upload, *, row: str) -> HttpResponse:
    """``row``: where the page asks for what it shows of it."""
    return answer(HTTPStatus.CREATED, Location=reverse("upload", args=[upload.key]), Upload_Row=row)


def refused(why: Exception) -> HttpResponse:
    """A file that isn't taken, with the sentence that says why."""
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(why))


@require_http_methods(["HEAD", "PATCH", "DELETE", "OPTIONS"])
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """One upload, for the person who began it and as long as they may add to what it is for."""
    if request.method == "OPTIONS":
        return abilities()
    mine = get_object_or_404(Upload, key=key, person=request.user)
    if not uploads.may_add(request.user, mine):  # type: ignore[arg-type]  # the middleware asks for a sign-in
        raise Http404
    try:
        _check_version(request)
        if request.method == "HEAD":
            return answer(HTTPStatus.OK, Upload_Offset=mine.received, Upload_Length=mine.size)
        if request.method == "DELETE":
            uploads.cancel(mine, now=clock.now())
            return answer()
        return _patch(request, mine)
    except NotTus as wrong:
        return answer(wrong.status)
    except Refused as why:
        return answer(HTTPStatus.CONFLICT, str(why))


def _patch(request: HttpRequest, mine: Upload) -> HttpResponse:
    if request.content_type != "application/offset+octet-stream":
        raise NotTus(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    offset = _number(request, "Upload-Offset")
    left = _number(request, "Content-Length")
    if offset + left > mine.size:
        raise NotTus(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    try:
        offset = uploads.append(mine, offset, request.read, now=clock.now())
    except uploads.WrongOffset as moved:
        raise NotTus(HTTPStatus.CONFLICT) from moved
    return answer(Upload_Offset=offset)


def _check_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise NotTus(HTTPStatus.PRECONDITION_FAILED)


def _number(request: HttpRequest, name: str) -> int:
    said = request.headers.get(name, "")
    if not (said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS):
        raise NotTus(HTTPStatus.BAD_REQUEST)
    return int(said)


def _metadata(request: HttpRequest) -> dict[str, str]:
    found = {}
    for pair in request.headers.get("Upload-Metadata", "")[:4000].split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as wrong:
            raise NotTus(HTTPStatus.BAD_REQUEST) from wrong
    return found
