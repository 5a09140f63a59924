"""Feedback beside the work: comment, answer, resolve, reopen; and all that a school was asked on one page.

Each goes back to where it was written: ``back`` is "sign_off" or "asked", else the page of what it is about.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psqm_portal.core.machine import Refused
from submissions.domain import feedback as domain
from submissions.domain.feedback import OPEN_IN
from submissions.domain.part_machine import part_machine
from submissions.forms.feedback import AnswerForm, FeedbackForm
from submissions.models import Evidence, Feedback, Part
from submissions.pages.feedback import (
    feedback_context,
    gathered,
    own_replies,
    words_of_part,
    words_of_piece,
)
from submissions.pages.parts import contents_for, is_hidden
from submissions.pages.sight import Sight, attempt, load, load_part, load_piece

BACKS = {"sign_off": "sign_off", "asked": "feedback_asked"}


@require_safe
def feedback_asked(request: HttpRequest, pk: int) -> HttpResponse:
    """All open threads over all parts and evidence; those that are dealt with are folded below."""
    sight = load(request, pk)
    waiting, done = gathered(sight)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "places": waiting,
        "done": done,
        "feedback_open": sight.submission.status in OPEN_IN,
        "back": "asked",
    }
    return render(request, "submissions/feedback_asked.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def part_feedback(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    return _comment(request, sight, own)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_feedback(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    sight = load(request, pk)
    return _comment(request, sight, load_piece(sight, piece))


def _comment(request: HttpRequest, sight: Sight, on: Part | Evidence) -> HttpResponse:
    """Adds the comment; else the box on a page of its own, with what was typed or a reply chosen for it."""
    if not sight.comments:
        raise PermissionDenied
    if request.method != "POST" or "use" in request.POST:
        return _box(request, sight, on, FeedbackForm(initial=_with_reply(request, sight), auto_id="new_%s"))
    form = FeedbackForm(request.POST, auto_id="new_%s")
    if isinstance(on, Part) and "return" in request.POST:
        return _return(request, sight, on, form)
    if form.is_valid():
        try:
            written = domain.comment(on, **form.cleaned_data, by=sight.person, now=sight.now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your feedback is added. We tell the school’s subject leaders.")
            return redirect(_back_to(request, written, part=on if isinstance(on, Part) else None))
    return _box(request, sight, on, form)


def _return(request: HttpRequest, sight: Sight, part: Part, form: FeedbackForm) -> HttpResponse:
    """Returns the part with what stands in the box; with nothing in it where comments wait already."""
    form.fields["body"].required = False
    if form.is_valid():
        given = form.cleaned_data
        try:
            part_machine.perform(
                part, "return", by=sight.person, now=sight.now, reason=given["body"], quote=given["quote"]
            )
        except Refused as refused:
            form.add_error("body", str(refused))
        else:
            messages.success(request, f"You returned {part.title}. We've told the school’s subject leaders.")
            back = _back(request)
            return redirect(
                reverse(BACKS[back], args=[sight.submission.pk]) + f"#part-{part.pk}" if back else part
            )
    return _box(request, sight, part, form)


def _with_reply(request: HttpRequest, sight: Sight) -> dict[str, str]:
    """What was typed so far, and after it the words of the reply that was chosen (only an own one)."""
    asked = request.POST if request.method == "POST" else request.GET
    body, chosen = asked.get("body", ""), asked.get("reply", "")
    if (
        chosen.isdecimal()
        and len(chosen) < 19
        and (reply := own_replies(sight.person).filter(pk=chosen).first())
    ):
        body = f"{body.rstrip()}\n\n{reply.body}" if body.strip() else reply.body
    return {"body": body, "quote": asked.get("quote", "")}


def _box(request: HttpRequest, sight: Sight, on: Part | Evidence, form: FeedbackForm) -> HttpResponse:
    if isinstance(on, Part):
        content = contents_for(sight, [on])[on.pk]
        beside: dict[str, Any] = {"part": on, "content": content}
        shown = words_of_part(content)
    else:
        beside = {"piece": on, "hidden": is_hidden(on, sight.today)}
        shown = words_of_piece(on)
    context = {
        "sight": sight,
        "submission": sight.submission,
        **feedback_context(sight, on, shown=shown),
        **beside,
        "on": on,
        "page": _url_of(on),
        "back": _back(request),
        "returns": sight.leads_hub and isinstance(on, Part) and on.status == Part.Status.SENT,
        "feedback_form": form,
        "form": form,
    }
    return render(request, "submissions/feedback_write.html", context)


@require_POST
def feedback_answer(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    sight = load(request, pk)
    start = _thread(sight, thread)
    if not sight.answers:
        raise PermissionDenied
    form = AnswerForm(request.POST, auto_id="answer_%s")
    if form.is_valid():
        try:
            domain.answer(start, form.cleaned_data["body"], by=sight.person, now=sight.now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your answer is added.")
            return redirect(_back_to(request, start))
    context = {
        "sight": sight,
        "submission": sight.submission,
        "start": start,
        "form": form,
        "back": _back(request),
        "page": _back_to(request, start),
    }
    return render(request, "submissions/feedback_answer.html", context)


@require_POST
def feedback_resolve(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    return _settle(
        request, pk, thread, "Marked as dealt with.",
        lambda sight, start: domain.resolve(start, by=sight.person, now=sight.now),
    )  # fmt: skip


@require_POST
def feedback_reopen(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    return _settle(
        request, pk, thread, "The feedback is open again.",
        lambda sight, start: domain.reopen(start, by=sight.person),
    )  # fmt: skip


def _settle(
    request: HttpRequest, pk: int, thread: int, done: str, verb: Callable[[Sight, Feedback], None]
) -> HttpResponse:
    sight = load(request, pk)
    start = _thread(sight, thread)
    if not sight.answers:
        raise PermissionDenied
    if attempt(request, lambda: verb(sight, start)):
        messages.success(request, done)
    return redirect(_back_to(request, start))


def _thread(sight: Sight, pk: int) -> Feedback:
    return get_object_or_404(
        sight.submission.feedback.select_related("part", "evidence", "author"), pk=pk, answers=None
    )


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("back") or request.GET.get("back", "")
    return asked if asked in BACKS else ""


def _back_to(request: HttpRequest, start: Feedback, part: Part | None = None) -> str:
    """The page it was asked from, at the thread; on the sign-off page at the part."""
    back, on = _back(request), part or start.part or start.evidence
    anchor = f"#part-{start.part_id}" if back == "sign_off" and start.part_id else f"#feedback-{start.pk}"
    if back:
        return reverse(BACKS[back], args=[start.submission_id]) + anchor
    if on is None:  # the database forbids it
        return reverse("submission", args=[start.submission_id])
    if isinstance(on, Evidence) and on.removed_at is not None:
        return reverse("feedback_asked", args=[start.submission_id])
    return _url_of(on) + anchor


def _url_of(on: Part | Evidence) -> str:
    return (
        on.get_absolute_url()
        if isinstance(on, Part)
        else reverse("evidence_piece", args=[on.submission_id, on.pk])
    )
