"""The whole submission: to read on one page, and to take away as one PDF or one ZIP."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from submissions.pages.packs import Counter
from submissions.pages.reading import reading_of, with_addresses
from submissions.pages.sight import Sight, load


@require_safe
def submission_read(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    reading = with_addresses(reading_of(sight.submission, is_frozen=False, now=sight.now))
    context = {
        "sight": sight,
        "submission": sight.submission,
        "reading": reading,
        "download_url": reverse("packs", args=[pk]),
    }
    return render(request, "submissions/read.html", context)


@require_safe
def packs(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    context = {"sight": sight, "submission": sight.submission, "offers": _counter(sight).offers()}
    return render(request, "submissions/packs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    return _counter(load(request, pk)).answer(request, kind)


def _counter(sight: Sight) -> Counter:
    pk = sight.submission.pk
    return Counter(
        person=sight.person,
        submission=sight.submission,
        is_frozen=False,
        now=sight.now,
        page_url=reverse("packs", args=[pk]),
        url_of=lambda kind: reverse("pack", args=[pk, kind]),
    )
