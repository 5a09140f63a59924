from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from schools.domain import merging
from schools.forms import MergeForm
from schools.models import School
from schools.search import alike, find
from schools.views.schools import visible_school


@require_http_methods(["GET", "HEAD", "POST"])
def school_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """First which other record, then the two side by side."""
    place = visible_school(request, pk)
    if not request.user.has_perm("schools.change_school", place):
        raise PermissionDenied
    if place.merged_into_id is not None:
        return redirect("school", place.merged_into_id)
    given = request.GET.get("with", "")
    others = School.objects.filter(merged_into=None).exclude(pk=pk)
    other = others.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 16 else None
    if other is None:
        typed = request.GET.get("q", "").strip()[:100]
        found = find(typed, rows=others) if typed else [one for one in alike(place) if one != place]
        return render(request, "schools/merge_with.html", {"school": place, "q": typed, "found": found})
    return _side_by_side(request, place, other)


def _side_by_side(request: HttpRequest, place: School, other: School) -> HttpResponse:
    pair = (place, other)
    form = MergeForm(request.POST or None, pair=pair)
    refused = ""
    if request.method == "POST" and form.is_valid():
        stays, goes = sorted(pair, key=lambda one: one.pk != form.cleaned_data["stays"])
        given = {"taken": form.taken(), "seen": form.cleaned_data["seen"]}
        try:
            merging.merge(stays, goes, by=request.user, now=now(), **given)  # type: ignore[arg-type]  # signed in
        except Refused as why:
            refused = str(why)
            pair = (School.objects.get(pk=place.pk), School.objects.get(pk=other.pk))
            form = MergeForm(pair=pair)
        else:
            messages.success(request, f"The two records are one now. All of it is here, at {stays}.")
            return redirect("school", stays.pk)
    context = {
        "school": place,
        "other": other,
        "form": form,
        "refused": refused,
        "why_not": merging.why_not(*pair),
        "moving": merging.moving(*pair),
    }
    return render(request, "schools/merge.html", context)
