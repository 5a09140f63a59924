from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from rules.contrib.views import permission_required

from psqm_portal.core import log
from psqm_portal.core.clock import now
from schools.forms import ContactForm, SchoolFilterForm, SchoolForm
from schools.models import School
from schools.queries import listed_for, search, visible_to
from schools.registers import school_sections
from schools.search import alike

PAGE = 50


def visible_school(request: HttpRequest, pk: int) -> School:
    return get_object_or_404(visible_to(request.user), pk=pk)  # type: ignore[arg-type]  # signed in


@permission_required("schools.list_schools", raise_exception=True)
@require_safe
def schools(request: HttpRequest) -> HttpResponse:
    form = SchoolFilterForm(request.GET or None)
    given: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    rows = search(
        listed_for(request.user),  # type: ignore[arg-type]  # signed in: the middleware asks
        words=given.get("q", ""),
        phase=given.get("phase", ""),
        state=given.get("state") or "open",
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    # HQ viewers read the list; a school's page isn't theirs.
    visible = visible_to(request.user)  # type: ignore[arg-type]  # signed in: the middleware asks
    linked = set(visible.filter(pk__in=[row.pk for row in page]).values_list("pk", flat=True))
    may_add = request.user.has_perm("schools.add_school")
    if linked or may_add:
        form.as_typed()
    context = {
        "filter": form,
        "page": page,
        "linked": linked,
        "may_add": may_add,
        "may_import": request.user.has_perm("schools.import_register"),
    }
    return render(request, "schools/schools.html", context)


@require_safe
def school(request: HttpRequest, pk: int) -> HttpResponse:
    place = visible_school(request, pk)
    if place.merged_into_id is not None:
        return redirect("school", place.merged_into_id)
    sections = [shown for section in school_sections if (shown := section(request, place)) is not None]
    context = {
        "school": place,
        "before": place.predecessors.order_by("name"),
        "merged": place.merged_from.order_by("name"),
        "sections": [{"template": template, "given": given} for template, given in sections],
        "may_change": request.user.has_perm("schools.change_contact", place),
        "may_merge": request.user.has_perm("schools.change_school", place),
        "may_see_people": request.user.has_perm("schools.see_people", place),
        "may_list": request.user.has_perm("schools.list_schools"),
    }
    return render(request, "schools/school.html", context)


@permission_required("schools.add_school", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def school_new(request: HttpRequest) -> HttpResponse:
    form = SchoolForm(request.POST or None, initial={"name": request.GET.get("name", "")[:200]})
    same: list[School] = []
    if request.method == "POST" and form.is_valid() and not request.POST.get("is_another"):
        same = alike(form.instance)
    if request.method == "POST" and form.is_valid() and not same:
        made = form.save()
        log.write("school.made", by=request.user.pk, now=now(), about=f"school:{made.pk}")
        messages.success(request, f"{made} is in the portal now. Invite its people here.")
        return redirect("school_people", pk=made.pk)
    return render(request, "schools/school_new.html", {"form": form, "same": same})


@require_http_methods(["GET", "HEAD", "POST"])
def school_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """HQ changes everything; the headteacher how the school is reached."""
    place = visible_school(request, pk)
    if not request.user.has_perm("schools.change_contact", place):
        raise PermissionDenied
    if place.merged_into_id is not None:
        return redirect("school", place.merged_into_id)
    form_class = SchoolForm if request.user.has_perm("schools.change_school", place) else ContactForm
    form = form_class(request.POST or None, instance=place)
    if request.method == "POST" and form.is_valid():
        form.save()
        fields = ", ".join(form.changed_data)
        log.write("school.changed", by=request.user.pk, now=now(), about=f"school:{pk}", detail=fields)
        messages.success(request, "The school’s details are saved.")
        return redirect("school", pk=pk)
    return render(request, "schools/school_edit.html", {"form": form, "school": School.objects.get(pk=pk)})
