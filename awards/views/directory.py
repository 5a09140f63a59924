"""Schools with an award, for everybody: as a page and as a CSV."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from awards.forms.directory import DirectoryForm
from awards.pages import directory as page_of
from awards.pages.directory import Asked
from awards.views.braked import braked, too_often
from psqm_portal.core import pace
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from schools.views.search import may_search

PER_PAGE = 50
# Downloads an hour from one line.
MOST_DOWNLOADS = 60
HEADER = (
    "School", "Town", "County", "Local authority", "Postcode", "URN", "Level", "Awarded", "Valid until",
    "Certificate",
)  # fmt: skip


def _asked(form: DirectoryForm) -> Asked:
    """A wrong field narrows nothing: the page says what is wrong with it."""
    form.is_valid()
    given = getattr(form, "cleaned_data", {})
    return Asked(given.get("q", "").strip(), given.get("level", ""), given.get("year"), form.point)


def _may(request: HttpRequest, asked: Asked) -> bool:
    return not asked.words or request.user.is_authenticated or may_search(request)


@login_not_required  # who holds the award is public; a school may ask not to be listed
@require_safe
@braked
def directory(request: HttpRequest) -> HttpResponse:
    day = london_day(now())
    form = DirectoryForm(request.GET or None, day=day)
    asked = _asked(form)
    if not _may(request, asked):
        return too_often(request)
    page = Paginator(page_of.schools(day, asked), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "holders": page_of.holders(list(page), day, asked.near)}
    return render(request, "awards/directory/directory.html", context)


@login_not_required
@require_safe
@braked
def directory_csv(request: HttpRequest) -> HttpResponseBase:
    day = london_day(now())
    asked = _asked(DirectoryForm(request.GET or None, day=day))
    known = request.user.is_authenticated
    if not known and not pace.may("directory-csv", pace.line_of(request), most=MOST_DOWNLOADS):
        return too_often(request)
    if not _may(request, asked):
        return too_often(request)
    rows = (
        (
            award.school.name, award.school.town, award.school.county, award.school.local_authority,
            award.school.postcode, award.school.urn, award.level.name, award.awarded_on, award.valid_until,
            award.number,
        )
        for award in page_of.all_of(day, asked)
    )  # fmt: skip
    return csv_response(f"Schools with an award {day}.csv", HEADER, rows)
