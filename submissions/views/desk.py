"""The hub leader's desk: every school, what waits for whom, and the way to what has waited longest."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from psqm_portal.core import clock
from submissions.forms.listing import DeskForm
from submissions.pages import desk as pages
from submissions.pages.sight import places_in

PER_PAGE = 200


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    knows = bool(places.hq & pages.READERS)
    if not knows and not places.hubs:
        raise PermissionDenied
    rows = pages.rows_of(pages.on_desk(places), person, places, now=clock.now())
    form = DeskForm(request.GET or None, rows=rows, stages=pages.shown_stages(knows=knows))
    found = pages.narrowed(rows, form.chosen)
    page = Paginator(pages.ordered(found, request.GET.get("sort", "")), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "filter": form,
        "is_filtered": any(form.chosen.values()),
        "rows": list(page),
        "page": page,
        "oldest": pages.oldest_of(rows),
        "whole": len(rows),
        "mine": sum(1 for row in rows if row.mine),
        "late": sum(1 for row in rows if row.listed.is_late),
        "is_hq": knows,
        "leads_or_mentors": bool(places.hubs),
        "sortable": True,
        "several": len({(row.submission.hub_id, row.submission.round_id) for row in rows}) > 1,
    }
    return render(request, "submissions/desk.html", context)
