"""Open Badges for programs: credential, issuer, keys, levels, and which awards don't hold any more."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from awards.domain import badges
from awards.models import Award
from awards.views.braked import braked
from psqm_portal.core.clock import now
from rounds.models import Descriptor, Level

JWT = "application/vc+jwt"
PICTURES = {"png": "image/png", "svg": "image/svg+xml"}


def for_programs(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Any site's page may read it, and a copy is good for as long as an answer of the status list."""

    @login_not_required
    @require_safe
    @braked
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not badges.is_on():
            raise Http404
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cache-Control"] = f"public, max-age={int(badges.REFRESH.total_seconds())}"
        return response

    return answered


@for_programs
def badge(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The signed credential, alone or inside the medal. Also of an award that is over: it says so itself."""
    award = get_object_or_404(Award.objects.select_related("level", "school"), number=number)
    if kind == "jwt":
        response = HttpResponse(badges.signed(award), content_type=JWT)
    elif kind in PICTURES:
        response = HttpResponse(badges.baked(award, kind), content_type=PICTURES[kind])
    else:
        raise Http404
    response["Content-Disposition"] = f'inline; filename="Open Badge {award.number}.{kind}"'
    return response


@for_programs
def issuer(request: HttpRequest) -> HttpResponse:
    return JsonResponse(badges.issuer())


@for_programs
def keys(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"keys": list(badges.public_keys().values())})


@for_programs
def key(request: HttpRequest, kid: str) -> HttpResponse:
    if kid not in badges.public_keys():
        raise Http404
    return JsonResponse(badges.public_keys()[kid])


@for_programs
def status(request: HttpRequest, part: int) -> HttpResponse:
    signed = badges.status_list(part, now=now())
    if signed is None:
        raise Http404
    return HttpResponse(signed, content_type=JWT)


def _level(pk: int) -> Level:
    """Those of frameworks in use, and those that some school holds."""
    is_held = Exists(Award.objects.filter(level=OuterRef("pk")))
    rows = Level.objects.filter(Q(framework__is_active=True) | is_held).select_related("framework")
    return get_object_or_404(rows, pk=pk)


@for_programs
def level_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    row = _level(pk)
    if kind == "json":
        return JsonResponse({"@context": badges.contexts(), **badges.achievement(row)})
    if kind in PICTURES:
        return HttpResponse(badges.medal(row, kind), content_type=PICTURES[kind])
    raise Http404


@login_not_required  # where a badge's criteria lead
@require_safe
@braked
def level(request: HttpRequest, pk: int) -> HttpResponse:
    """What the level asks for, criterion by criterion."""
    row = _level(pk)
    asked = Descriptor.objects.filter(level=row).select_related("criterion__strand")
    context = {
        "level": row,
        "descriptors": asked.order_by("criterion__strand__letter", "criterion__code"),
        "medal_file": f"awards/medal-{badges.metal_of(row)}.svg",
    }
    return render(request, "awards/badges/level.html", context)
