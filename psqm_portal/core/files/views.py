"""Handing out a stored file: the portal checks the right and sends a short-lived link to the files origin."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from psqm_portal.core import clock, log
from psqm_portal.core.files.lost import is_there
from psqm_portal.core.files.previews import preview_key
from psqm_portal.core.files.rights import may_read, told_of
from psqm_portal.core.models import StoredFile

_SALT = "core.files"


@require_safe
def open_file(request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
    """Asks the right, then sends the browser to the files origin with a link of its own. ``?preview``: the
    small picture, under the same right.
    """
    stored = get_object_or_404(StoredFile.served(), pk=pk)
    if not may_read(request.user, stored):  # type: ignore[arg-type]  # signed in: the middleware asks
        raise Http404
    what = {"file": stored.pk, "person": request.user.pk}
    if "preview" in request.GET:
        if stored.preview != StoredFile.Preview.MADE:
            raise Http404
        what["preview"] = 1
    elif not is_there(stored, now=clock.now()):
        return render(request, "core/lost_file.html", {"file": stored}, status=HTTPStatus.NOT_FOUND)
    token = signing.dumps(what, salt=_SALT)
    path = reverse("signed_file", args=[token, stored.name.replace("/", "_")])
    return HttpResponseRedirect(settings.FILES_ORIGIN + path)


@login_not_required
@require_safe
def signed_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """On the files origin: the link's person must still have the right at this moment."""
    try:
        link = signing.loads(token, salt=_SALT, max_age=settings.FILE_LINK_SECONDS)
    except signing.BadSignature as gone:
        raise Http404 from gone
    stored = get_object_or_404(StoredFile.served(), pk=link["file"])
    person = get_object_or_404(get_user_model(), pk=link["person"], is_active=True)
    if not may_read(person, stored):
        raise Http404
    is_preview = "preview" in link
    if request.method == "GET":
        seen, what = clock.now(), f"file:{stored.pk}{' preview' if is_preview else ''}"
        log.write_many(
            log.entry(action, by=person.pk, now=seen, about=about, detail=what)
            for action, about in told_of(stored)
        )
    response = _bytes_of(stored, preview_key(stored) if is_preview else stored.key, is_preview=is_preview)
    response["Content-Type"] = "image/jpeg" if is_preview else stored.content_type
    response["Content-Disposition"] = (
        content_disposition_header(not stored.shown_inline, stored.name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    # Chromium's PDF viewer doesn't start in a sandboxed page; a PDF is kept from everything else instead.
    sandbox = "" if stored.kind == StoredFile.Kind.PDF and not is_preview else "; sandbox"
    response["Content-Security-Policy"] = f"default-src 'none'; frame-ancestors 'none'{sandbox}"
    response["Cache-Control"] = "private, no-store"
    return response


def _bytes_of(stored: StoredFile, key: str, *, is_preview: bool) -> HttpResponseBase:
    if settings.FILES_ACCEL_PREFIX:
        return HttpResponse(headers={"X-Accel-Redirect": settings.FILES_ACCEL_PREFIX + key})
    try:
        response = FileResponse(default_storage.open(key))
    except FileNotFoundError as gone:
        if not is_preview:
            is_there(stored, now=clock.now())
        raise Http404 from gone
    if not is_preview:
        response["Content-Length"] = str(stored.size)
    return response
