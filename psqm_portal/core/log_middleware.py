"""What the log says of every page alike: what a signed-in person was refused, and what they downloaded."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from psqm_portal.core import log
from psqm_portal.core.clock import now
from psqm_portal.core.middleware import FILES_PATH

# A page outside somebody's sight answers as one that isn't there, so both are told.
REFUSED: dict[int, str] = {HTTPStatus.FORBIDDEN: "page.denied", HTTPStatus.NOT_FOUND: "page.not_found"}
_OBJECT = re.compile(r"([a-z]+)s/<int:pk>/")


class LogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        # A served upload says itself whose photo it is.
        if match is not None and not request.path.startswith(FILES_PATH) and (action := _action(response)):
            user = getattr(request, "user", None)
            if user is not None and user.is_authenticated:
                detail = f"{request.method} {_page(match)}"
                log.write(action, by=user, now=now(), about=_about(match), detail=detail)
        return response


def _action(response: HttpResponse) -> str:
    if response.status_code == HTTPStatus.OK:
        is_file = response.get("Content-Disposition", "").startswith("attachment")
        return "page.downloaded" if is_file else ""
    return REFUSED.get(response.status_code, "")


def _page(match: ResolverMatch) -> str:
    """Its name with the ids in it; other words of an address may be a secret or a file's name."""
    ids = " ".join(f"{name}={value}" for name, value in match.kwargs.items() if isinstance(value, int))
    return f"{match.url_name or 'page'} {ids}".strip()


def _about(match: ResolverMatch) -> str:
    found = _OBJECT.match(match.route)
    return f"{found[1]}:{match.kwargs['pk']}" if found else ""
