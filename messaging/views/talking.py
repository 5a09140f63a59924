"""A conversation on a page: what every kind of it shows and does. Its owner gives the talk and the page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from messaging.domain.conversations import post
from messaging.forms import MessageForm
from messaging.pages.thread import read
from messaging.slots import Talk
from psqm_portal.core.machine import Refused


def talk_page(
    request: HttpRequest,
    talk: Talk,
    *,
    template: str,
    now: datetime,
    context: dict[str, Any],
    began: Callable[[], Talk] | None = None,
) -> HttpResponse:
    """``began`` gives the talk anew where its conversation is made by the first message."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    if request.method == "POST" and not talk.may_write:
        raise PermissionDenied
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        if began is not None and not talk.is_begun:
            talk = began()
        if said(form, talk, by=person, now=now):
            messages.success(request, "Your message is sent.")
            return redirect(talk.topic.url)
    asked = {"before": request.GET.get("before"), "at": request.GET.get("at")}
    thread = read(talk, person, now=now, **asked) if talk.is_begun else None
    context = {
        **context,
        "talk": talk,
        "thread": thread,
        "lines": thread.lines if thread else [],
        "form": form,
        "audience": talk.audience(),
        "action": talk.topic.url,
        "may_write": talk.may_write,
        # Older messages don't get newer ones below them.
        "polls": thread is not None and not any(asked.values()),
    }
    if request.headers.get("HX-Request") and asked["before"]:
        return render(request, "messaging/_earlier.html", context)
    return render(request, template, context)


def said(form: MessageForm, talk: Talk, *, by: User, now: datetime) -> bool:
    """Posts what the form holds; False, with the reason on the form, where that can't be."""
    stored = form.stored(owner=talk.files_owner, by=by, now=now)
    if stored is None:
        return False
    try:
        post(
            talk.conversation,
            by=by,
            body=form.cleaned_data["body"],
            now=now,
            tell=talk.tell(),
            about=talk.about,
            url=talk.topic.url,
            title=talk.topic.title,
            attachments=stored,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    return True
