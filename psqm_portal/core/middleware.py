from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotFound,
    HttpResponseRedirect,
)
from django.http.request import split_domain_port, validate_host
from django.utils.cache import add_never_cache_headers, patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponse]
FILES_PATH = "/f/"


class HostMiddleware:
    """Refuses a request whose X-Forwarded-Host names a host that isn't ours (S28). Nothing here reads that
    header, so it can only come from somebody who hopes that something does.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for named in request.headers.get("X-Forwarded-Host", "").split(","):
            host, _ = split_domain_port(named.strip())
            if named.strip() and not validate_host(host, settings.ALLOWED_HOSTS):
                raise DisallowedHost(f"X-Forwarded-Host names {named.strip()!r}")
        return self.get_response(request)


class FilesOriginMiddleware:
    """Keeps uploads on their own origin: there nothing but signed files, elsewhere never one (S16)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return self.get_response(request)
        on_files_origin = request.get_host().split(":")[0] == urlsplit(settings.FILES_ORIGIN).hostname
        if on_files_origin and not request.path.startswith(FILES_PATH):
            return HttpResponseRedirect(settings.PORTAL_ORIGIN + "/")
        if not on_files_origin and request.path.startswith(FILES_PATH):
            return HttpResponseNotFound()
        return self.get_response(request)


class PrivatePagesMiddleware:
    """A person's pages are stored by nobody: no shared cache, no back button after sign-out. A visitor's
    neither, once a session holds what they typed (the public form).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user, session = getattr(request, "user", None), getattr(request, "session", None)
        known = user is not None and user.is_authenticated
        personal = known or (session is not None and not session.is_empty())
        if personal and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True, private=True)
        return response
