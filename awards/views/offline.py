"""A reviewer reads the frozen work on one page, or takes it along as one PDF or one ZIP."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from awards.models import Review
from awards.queries import visible_to
from psqm_portal.core.clock import now
from submissions.domain.packs import may_have
from submissions.pages.packs import Counter
from submissions.pages.reading import reading_of, with_addresses


def _load(request: HttpRequest, pk: int) -> Review:
    """404 also where the review is still there and the work isn't its own any more: reopened, or moved."""
    person = cast(User, request.user)
    rows = visible_to(person).select_related(
        "standing__submission__school",
        "standing__submission__round",
        "standing__submission__hub",
        "standing__submission__target_level",
    )
    review = get_object_or_404(rows, pk=pk)
    submission = review.standing.submission
    if review.cycle != submission.cycle or not may_have(person, submission.pk, is_frozen=True):
        raise Http404
    return review


@require_safe
def review_read(request: HttpRequest, pk: int) -> HttpResponse:
    review = _load(request, pk)
    submission = review.standing.submission
    context = {
        "review": review,
        "submission": submission,
        "reading": with_addresses(reading_of(submission, is_frozen=True, now=now())),
        "download_url": reverse("review_packs", args=[pk]),
    }
    return render(request, "awards/read.html", context)


@require_safe
def review_packs(request: HttpRequest, pk: int) -> HttpResponse:
    review = _load(request, pk)
    context = {
        "review": review,
        "submission": review.standing.submission,
        "offers": _counter(request, review).offers(),
    }
    return render(request, "awards/packs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_pack(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    return _counter(request, _load(request, pk)).answer(request, kind)


def _counter(request: HttpRequest, review: Review) -> Counter:
    return Counter(
        person=cast(User, request.user),
        submission=review.standing.submission,
        is_frozen=True,
        now=now(),
        page_url=reverse("review_packs", args=[review.pk]),
        url_of=lambda kind: reverse("review_pack", args=[review.pk, kind]),
    )
