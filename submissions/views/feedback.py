"""Feedback beside the work: comment, answer, resolve. Each goes back to what it is about."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from submissions.domain.feedback import answer, comment, resolve
from submissions.forms.moves import AnswerForm, FeedbackForm
from submissions.models import Evidence, Feedback, Part
from submissions.pages.sight import Sight, attempt, load, load_part, load_piece


@require_POST
def part_feedback(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    sight = load(request, pk)
    return _comment(request, sight, load_part(sight, pk=part))


@require_POST
def evidence_feedback(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    sight = load(request, pk)
    return _comment(request, sight, load_piece(sight, piece))


@require_POST
def feedback_answer(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    sight = load(request, pk)
    start = _thread(sight, thread)
    if not sight.answers:
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
    elif attempt(request, lambda: answer(start, form.cleaned_data["body"], by=sight.person, now=sight.now)):
        messages.success(request, "Your answer is added.")
    return redirect(_page_of(start) + "#feedback")


@require_POST
def feedback_resolve(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    sight = load(request, pk)
    start = _thread(sight, thread)
    if not sight.answers:
        raise PermissionDenied
    if attempt(request, lambda: resolve(start, by=sight.person, now=sight.now)):
        messages.success(request, "Marked as dealt with.")
    return redirect(_page_of(start) + "#feedback")


def _thread(sight: Sight, pk: int) -> Feedback:
    return get_object_or_404(
        sight.submission.feedback.select_related("part", "evidence"), pk=pk, answers=None
    )


def _comment(request: HttpRequest, sight: Sight, on: Part | Evidence) -> HttpResponse:
    if not sight.comments:
        raise PermissionDenied
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
    elif attempt(
        request,
        lambda: comment(
            on, form.cleaned_data["body"], quote=form.cleaned_data["quote"], by=sight.person, now=sight.now
        ),
    ):
        messages.success(request, "Your feedback is added. We've told the school’s subject leaders.")
    return redirect(_url_of(on) + "#feedback")


def _first_error(form: FeedbackForm | AnswerForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _page_of(start: Feedback) -> str:
    on = start.part or start.evidence
    if on is None:  # the database forbids it
        return reverse("submission", args=[start.submission_id])
    return _url_of(on)


def _url_of(on: Part | Evidence) -> str:
    return (
        on.get_absolute_url()
        if isinstance(on, Part)
        else reverse("evidence_piece", args=[on.submission_id, on.pk])
    )
