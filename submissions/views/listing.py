from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from submissions.forms.listing import FilterForm
from submissions.pages import listing
from submissions.queries import listed_for

PER_PAGE = 50


@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    """All submissions whose row a person may see; HQ finance has none of it."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    held = hq_roles(person)
    if held and held <= {Role.HQ_FINANCE} and not listed_for(person).exists():
        raise PermissionDenied
    knows = bool(held & {Role.HQ_ADMIN, Role.HQ_VIEWER})
    listed = listed_for(person)
    form = FilterForm(request.GET or None, listed=listed, knows=knows)
    found = listed
    if form.is_bound:
        form.is_valid()
        chosen = {
            name: form.cleaned_data.get(name) for name in ("round", "hub") if form.cleaned_data.get(name)
        }
        found = listing.search(found.filter(**chosen), form.cleaned_data.get("q") or "")
        found = listing.with_status(found, form.cleaned_data.get("status") or "", knows=knows)
    rows = listing.with_facts(found, person).select_related(
        "school", "round", "hub", "target_level", "proposed_level"
    )
    ordered = listing.order(rows, request.GET.get("sort", ""), knows=knows)
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": form,
        "page": page,
        "rows": listing.rows_for(page, knows=knows, today=clock.london_day(clock.now())),
        "is_filtered": form.is_bound and any(form.cleaned_data.values()),
    }
    return render(request, "submissions/submissions.html", context)
