from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions
from accounts.browsers import in_words
from accounts.models import Session, User
from psqm_portal.core import log
from psqm_portal.core.clock import now


@require_safe
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where a person is signed in, this browser first."""
    user: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    life, moment, here = sessions.life_of(user), now(), request.session.session_key
    rows = Session.objects.filter(person=user, expire_date__gt=moment).order_by("-seen_at")
    open_now = [row for row in rows if not sessions.left(row, life, moment).is_over]
    open_now.sort(key=lambda row: row.session_key != here)
    context = {
        "rows": [
            {
                "session": row,
                "browser": in_words(row.browser),
                "is_here": row.session_key == here,
                "until": moment + sessions.left(row, life, moment).time,
            }
            for row in open_now
        ],
        "life": {"idle": sessions.in_words(life.idle), "whole": sessions.in_words(life.whole)},
    }
    return render(request, "accounts/own_sessions.html", context)


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # as above
    handle = request.POST.get("session", "")
    if sessions.end(user, handle, but=request.session.session_key):
        log.write("session.ended", by=user, now=now(), detail="one")
        messages.success(request, "That browser is signed out.")
    else:
        messages.info(request, "That browser was signed out already.")
    return redirect("own_sessions")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # as above
    ended = sessions.end_all_but(user, request.session.session_key)
    log.write("session.ended", by=user, now=now(), detail=f"all others: {ended}")
    messages.success(request, "You’re signed out everywhere but here.")
    return redirect("own_sessions")


@require_http_methods(["GET", "HEAD", "POST"])
def this_session(request: HttpRequest) -> JsonResponse:
    """For the page's script: how long this session has; a POST says that its person is still there."""
    left = getattr(request, "session_left", None)
    if left is None:
        return JsonResponse({}, status=HTTPStatus.UNAUTHORIZED)
    if request.method == "POST":
        left = sessions.stay(request, now())
    return JsonResponse({"seconds": left.seconds, "longer": left.can_be_longer})
