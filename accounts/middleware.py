from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import sessions
from accounts.models import User
from accounts.queries import owes_second_factor
from accounts.session_store import SessionStore
from psqm_portal.core import log
from psqm_portal.core.clock import now

# Signing in and out, setting the second factor up, and what works without a session.
OPEN_PATHS = ("/account/", "/static/", "/healthz")
# What a page asks by itself (a list that keeps itself up to date) says so: it is nobody doing something.
AUTOMATIC = "X-Automatic"
WHY = {
    "idle": "We signed you out because nothing happened for {hours}. What you typed is kept.",
    "whole": "You signed in {hours} ago, so we ask you to sign in again. What you typed is kept.",
}


class SessionLifeMiddleware:
    """Ends a session that was left alone or is too old (S13), here and not by the cookie's date: a copied
    cookie has no date. ``request.session_left`` is what is left, for the page's warning.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._look_at(request, request.user)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Said where messages are ready to be taken. Of several questions that a page asks by itself any may
        be the first to find the session over, so there the page's own script says why it leaves.
        """
        said = getattr(request, "session_said", "")
        if said and request.headers.get("Accept") != "application/json" and AUTOMATIC not in request.headers:
            messages.info(request, said)

    @staticmethod
    def _look_at(request: HttpRequest, user: User) -> None:
        store, moment = request.session, now()
        assert isinstance(store, SessionStore)  # noqa: S101 - SESSION_ENGINE says so
        assert store.row is not None  # noqa: S101 - the person came from it
        life = sessions.life_of(user)
        left = sessions.left(store.row, life, moment)
        if left.is_over:
            why = "idle" if left.can_be_longer else "whole"
            hours = sessions.in_words(life.idle if left.can_be_longer else life.whole)
            request.session_said = WHY[why].format(hours=hours)  # type: ignore[attr-defined]
            store.flush()
            request.user = AnonymousUser()
            log.write("session.expired", by=user, now=moment, detail=why)
            return
        if AUTOMATIC not in request.headers:
            if moment - store.row.seen_at >= sessions.EXACT_TO:
                store.touch(moment)
            left = sessions.left(store.row, life, moment)
        request.session_left = left  # type: ignore[attr-defined]  # ours


class SecondFactorMiddleware:
    """HQ reaches its pages only with a second factor (S12): until then every page leads to setting one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECOND_FACTOR_REQUIRED
            and not request.path.startswith(OPEN_PATHS)
            and request.user.is_authenticated
            and owes_second_factor(request.user)
        ):
            return HttpResponseRedirect(reverse("mfa_activate_totp"), status=HTTPStatus.SEE_OTHER)
        return self.get_response(request)
