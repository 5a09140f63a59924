"""Versions of a part: who and when, what changed, and one of them put back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import and_list
from submissions.domain.restoring import restore
from submissions.domain.versions import content_of
from submissions.domain.writing import why_not_editable
from submissions.models import Part, PartVersion
from submissions.pages.sight import Sight, load, load_part
from submissions.pages.versions import EMPTY, differences

PER_PAGE = 50


@require_safe
def part_versions(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    versions = own.versions.select_related("saved_by").order_by("-number")
    page = Paginator(versions, PER_PAGE).get_page(request.GET.get("page"))
    context = {**_shared(sight, own), "page": page, "newest": versions.first()}
    return render(request, "submissions/part_versions.html", context)


@require_safe
def part_version(request: HttpRequest, pk: int, part: int, number: int) -> HttpResponse:
    """One version beside the one before it, or with ``?with=now`` beside what stands now."""
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    version = _version(own, number)
    with_now = request.GET.get("with") == "now"
    earlier = own.versions.filter(number__lt=number).order_by("-number").first()
    before = version.content if with_now else earlier.content if earlier else EMPTY
    after = content_of(own) if with_now else version.content
    context = {
        **_shared(sight, own),
        "version": version,
        "earlier": earlier,
        "with_now": with_now,
        "differences": differences(before, after),
    }
    return render(request, "submissions/part_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def part_version_restore(request: HttpRequest, pk: int, part: int, number: int) -> HttpResponse:
    """Asks first: what will change, then puts it back as a new version."""
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    if not sight.writes:
        raise PermissionDenied
    version = _version(own, number)
    version.part = own
    if request.method == "POST":
        try:
            missing = restore(version, by=sight.person, now=sight.now)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(own)
        messages.success(request, f"Version {number} is back. What stood before is kept as a version too.")
        if missing:
            gone = and_list(missing)
            messages.warning(request, f"This evidence isn’t there any more and was left out: {gone}.")
        return redirect(own)
    context = {
        **_shared(sight, own),
        "version": version,
        "why_not": why_not_editable(own),
        "differences": differences(content_of(own), version.content),
    }
    return render(request, "submissions/part_version_restore.html", context)


def _version(part: Part, number: int) -> PartVersion:
    return get_object_or_404(part.versions.select_related("saved_by"), number=number)


def _shared(sight: Sight, part: Part) -> dict[str, Any]:
    return {
        "sight": sight,
        "submission": sight.submission,
        "part": part,
        "editable": sight.writes and why_not_editable(part) is None,
    }
