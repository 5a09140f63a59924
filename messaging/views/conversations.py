from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from messaging.domain import conversations as domain
from messaging.domain import notices
from messaging.models import Message
from messaging.pages.finding import find
from messaging.pages.lists import conversation_rows
from messaging.pages.thread import fresh
from messaging.queries import conversations_of, talk_of
from messaging.slots import Talk, beginnings
from messaging.talk_forms import ChangeMessageForm, NoticesForm, SearchForm
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused

PAGE = 50


@require_safe
def conversations(request: HttpRequest) -> HttpResponse:
    """A person's own conversations, the latest word first; or, with words, what was said of them."""
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    search = SearchForm(request.GET or None)
    words = search.cleaned_data["q"].strip() if search.is_valid() else ""
    if words:
        hits: Any = find(user, words)
        page: Any = Paginator(hits, PAGE).get_page(request.GET.get("page"))
        page.object_list = page.object_list.shown() if page.object_list else []
        context = {"search": search, "words": words, "page": page, "here": "conversations"}
        return render(request, "messaging/found.html", context)
    page = Paginator(conversations_of(user), PAGE).get_page(request.GET.get("page"))
    context = {
        "search": search,
        "page": page,
        "rows": conversation_rows(user, list(page)),
        "begin": [link for asks in beginnings for link in asks(user)],
        "here": "conversations",
    }
    return render(request, "messaging/messages.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def notices_choice(request: HttpRequest) -> HttpResponse:
    """How a person hears of new messages and announcements by mail."""
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    form = NoticesForm(request.POST or None, initial={"how": notices.how_of(user)})
    if request.method == "POST" and form.is_valid():
        notices.choose(user, form.cleaned_data["how"], now=now())
        messages.success(request, "Your choice is saved.")
        return redirect("message_notices")
    return render(request, "messaging/notices.html", {"form": form, "here": "notices"})


@require_safe
def conversation_new(request: HttpRequest, pk: int) -> HttpResponse:
    """What a page that stands open doesn't show yet; 204 where there is nothing."""
    talk = talk_of(request.user, pk)  # type: ignore[arg-type]  # signed in: the middleware asks
    if talk is None:
        raise Http404
    found = fresh(talk, request.user, request.GET.get("seen", ""), now=now())  # type: ignore[arg-type]
    if found is None:
        return HttpResponse(status=204)
    return render(request, "messaging/_fresh.html", {"found": found, "talk": talk})


def _own(request: HttpRequest, pk: int) -> tuple[Message, Talk]:
    """404 outside the conversation, 403 for somebody else's message or without the right to write."""
    message = Message.objects.select_related("author", "conversation").filter(pk=pk).first()
    talk = talk_of(request.user, message.conversation_id) if message else None  # type: ignore[arg-type]
    if message is None or talk is None:
        raise Http404
    if message.author_id != request.user.pk or not talk.may_write:
        raise PermissionDenied
    return message, talk


@require_http_methods(["GET", "HEAD", "POST"])
def message_change(request: HttpRequest, pk: int) -> HttpResponse:
    message, talk = _own(request, pk)
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    form = ChangeMessageForm(request.POST or None, initial={"body": message.body})
    refused = domain.why_not_changeable(message, domain.read_by_others(talk.conversation, user))
    if request.method == "POST" and form.is_valid():
        try:
            domain.change(message, by=user, body=form.cleaned_data["body"], now=now())
        except Refused as no:
            refused = str(no)
        else:
            messages.success(request, "Your message is changed.")
            return redirect(_at(talk, message))
    context = {"message": message, "talk": talk, "form": form, "refused": refused, "back": _at(talk, message)}
    return render(request, "messaging/message_change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def message_delete(request: HttpRequest, pk: int) -> HttpResponse:
    message, talk = _own(request, pk)
    if request.method == "POST":
        domain.delete(message, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        messages.success(request, "Your message is deleted.")
        return redirect(_at(talk, message))
    context = {"message": message, "talk": talk, "back": _at(talk, message)}
    return render(request, "messaging/message_delete.html", context)


def _at(talk: Talk, message: Message) -> str:
    return f"{talk.topic.url}?at={message.pk}#message-{message.pk}"
