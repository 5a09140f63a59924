"""Replies that a hub leader or mentor uses again and again: their own, nobody else's."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from hubs.models import HubMembership
from submissions.forms.feedback import ReplyForm
from submissions.models import ReplyTemplate
from submissions.pages.feedback import own_replies


@require_safe
def replies(request: HttpRequest) -> HttpResponse:
    return render(request, "submissions/replies.html", {"replies": own_replies(_leads_or_mentors(request))})


@require_http_methods(["GET", "HEAD", "POST"])
def reply_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None, person=_leads_or_mentors(request))


@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    person = _leads_or_mentors(request)
    return _edit(request, get_object_or_404(own_replies(person), pk=pk), person=person)


@require_http_methods(["GET", "HEAD", "POST"])
def reply_delete(request: HttpRequest, pk: int) -> HttpResponse:
    own = get_object_or_404(own_replies(_leads_or_mentors(request)), pk=pk)
    if request.method == "POST":
        own.delete()
        messages.success(request, f"“{own.title}” is deleted. Feedback you gave with it stays.")
        return redirect("replies")
    return render(request, "submissions/reply_delete.html", {"reply": own})


def _edit(request: HttpRequest, own: ReplyTemplate | None, *, person: User) -> HttpResponse:
    form = ReplyForm(request.POST or None, instance=own, person=person)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"“{saved.title}” is saved.")
        return redirect("replies")
    return render(request, "submissions/reply.html", {"form": form, "reply": own})


def _leads_or_mentors(request: HttpRequest) -> User:
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    if not HubMembership.objects.current().filter(user=person).exists():
        raise PermissionDenied
    return person
