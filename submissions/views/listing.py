from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from submissions.forms.listing import FilterForm
from submissions.pages import listing
from submissions.pages.sight import places_in
from submissions.queries import listed_for

PER_PAGE = 50


@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    """All submissions whose row a person may see; HQ finance has none of it."""
    places = places_in(request)
    listed = listed_for(places)
    if places.hq == {Role.HQ_FINANCE} and not listed.exists():
        raise PermissionDenied
    knows = bool(places.hq & {Role.HQ_ADMIN, Role.HQ_VIEWER})
    form = FilterForm(request.GET or None, listed=listed, knows=knows)
    found = listed
    if form.is_bound:
        form.is_valid()
        chosen = {f"{name}__slug": slug for name in ("round", "hub") if (slug := form.cleaned_data.get(name))}
        found = listing.search(found.filter(**chosen), form.cleaned_data.get("q") or "")
        found = listing.with_status(found, form.cleaned_data.get("status") or "", knows=knows)
    ordered = listing.order(found, request.GET.get("sort", ""), knows=knows).values_list("pk", flat=True)
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    rows = listing.load(list(page))
    context = {
        "filter": form,
        "page": page,
        "rows": listing.rows_for(rows, places, knows=knows, today=clock.london_day(clock.now())),
        "is_filtered": form.is_bound and any(form.cleaned_data.values()),
    }
    return render(request, "submissions/submissions.html", context)
