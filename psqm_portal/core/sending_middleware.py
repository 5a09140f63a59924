"""What happens to a form around its view: nothing twice (R02), and no words lost with a session (Q03)."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import ERROR, get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.csrf import csrf_failure

from psqm_portal.core import drafts, sendings
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused

SAFE = {"GET", "HEAD", "OPTIONS"}
SIGNED_OUT = "You've been signed out."


def wants_json(request: HttpRequest) -> bool:
    """Asked by our own scripts, which can't follow a page."""
    return request.headers.get("Accept") == "application/json"


class SignInMiddleware(LoginRequiredMiddleware):
    """As Django's; and a form that is sent after the session ended keeps its words and comes back to them."""

    def handle_no_permission(  # type: ignore[override]  # a script is answered in JSON
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if wants_json(request):
            return JsonResponse({"said": SIGNED_OUT}, status=HTTPStatus.UNAUTHORIZED)
        if request.method in SAFE:
            return super().handle_no_permission(request, view_func)
        back = _keep_words(request) or _page_of(request) or "/"
        return redirect_to_login(back, resolve_url(self.get_login_url(view_func)), REDIRECT_FIELD_NAME)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A page that was open while somebody signed in anew has an old token. Its words are kept, and sent on
    only when their person says so.
    """
    if not wants_json(request) and (back := _keep_words(request)):
        return HttpResponseRedirect(back)
    return csrf_failure(request, reason)


def _keep_words(request: HttpRequest) -> str:
    """Keeps a form's words for the person whose page it was. Where to come back to: with scripts the page,
    which puts them back; without, a page that shows them and sends them on.
    """
    person_id = drafts.person_of(str(request.POST.get(drafts.FIELD, "")))
    form = request.get_full_path()
    if person_id is None:
        return ""
    with suppress(Refused):
        drafts.keep(person_id, form, drafts.words_in(request.POST), now=now())
        page = _page_of(request) if "_scripts" in request.POST else ""
        return page or f"{reverse('kept_words')}?{urlencode({'form': form})}"
    return ""


def _page_of(request: HttpRequest) -> str:
    """The page that the form stood on: the address it was sent to may take nothing but forms."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path


class SendingMiddleware:
    """After the sign-in: runs a sending once, and drops the draft of a form that was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if hasattr(request, "is_sent_by_person"):
            self._after(request, response)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        if request.method != "POST" or not request.user.is_authenticated:
            return None
        # Set here, where the token and the sign-in were found right: other answers did nothing.
        request.is_sent_by_person = True  # type: ignore[attr-defined]
        if not (key := sendings.key_of(request)):
            return None
        sending, mine = sendings.begin(request.user, key, path=request.path, now=now())
        if mine:
            request.sending = sending  # type: ignore[attr-defined]
            return None
        if sending.answer:
            return HttpResponseRedirect(sending.answer)
        context = {"back": _page_of(request) or "/"}
        return render(request, "core/being_done.html", context, status=HTTPStatus.CONFLICT)

    @staticmethod
    def _after(request: HttpRequest, response: HttpResponse) -> None:
        done = 300 <= response.status_code < 400 and not _was_refused(request)
        sending = getattr(request, "sending", None)
        if sending is not None and done:
            sendings.answered(sending, response["Location"])
        elif sending is not None:
            sendings.freed(sending)
        if done and drafts.FIELD in request.POST:
            drafts.drop(request.user.pk or 0, request.get_full_path())


def _was_refused(request: HttpRequest) -> bool:
    """A redirect that carries an error to the next page did nothing: its words stay kept."""
    waiting = getattr(get_messages(request), "_queued_messages", [])
    return any(message.level >= ERROR for message in waiting)
