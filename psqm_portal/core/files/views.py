"""Handing out a stored file: the portal checks the right and sends a short-lived link to the files origin."""

import logging

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
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from psqm_portal.core.files.rights import may_read
from psqm_portal.core.models import StoredFile

_SALT = "core.files"
log = logging.getLogger(__name__)


@require_safe
def open_file(request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
    """Asks the right, then sends the browser to the files origin with a link of its own."""
    stored = get_object_or_404(StoredFile.served(), pk=pk)
    if not may_read(request.user, stored):  # type: ignore[arg-type]  # signed in: the middleware asks
        raise Http404
    token = signing.dumps({"file": stored.pk, "person": request.user.pk}, salt=_SALT)
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
    response: HttpResponseBase
    if settings.FILES_ACCEL_PREFIX:
        response = HttpResponse(headers={"X-Accel-Redirect": settings.FILES_ACCEL_PREFIX + stored.key})
    else:
        try:
            response = FileResponse(default_storage.open(stored.key))
        except FileNotFoundError as lost:
            log.exception("The bytes of stored file %s are not there", stored.pk)
            raise Http404 from lost
        response["Content-Length"] = str(stored.size)
    response["Content-Type"] = stored.content_type
    response["Content-Disposition"] = (
        content_disposition_header(not stored.shown_inline, stored.name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    # Chromium's PDF viewer doesn't start in a sandboxed page; a PDF is kept from everything else instead.
    sandbox = "" if stored.kind == StoredFile.Kind.PDF else "; sandbox"
    response["Content-Security-Policy"] = f"default-src 'none'; frame-ancestors 'none'{sandbox}"
    response["Cache-Control"] = "private, no-store"
    return response
