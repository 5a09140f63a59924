"""HQ's page of a round's certificates: progress, each file, all of them as one ZIP."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from awards.pages import certificates as pages
from awards.views.shared import ROWS, load_round
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.zips import zip_response


@require_safe
def round_certificates(request: HttpRequest, slug: str) -> HttpResponse:
    """htmx gets the progress alone."""
    round_ = load_round(request, slug, "awards.run")
    context = {"round": round_, "certificates": pages.progress_of(round_)}
    if request.headers.get("HX-Request"):
        return render(request, "awards/certificates/_progress.html", context)
    page = Paginator(pages.rows_of(round_), ROWS).get_page(request.GET.get("page"))
    today = london_day(now())
    rows = [
        {"certificate": one, "standing": one.award.standing_on(today), "why": pages.why_failed(one)}
        for one in page
    ]
    return render(request, "awards/certificates/round.html", {**context, "page": page, "rows": rows})


@require_safe
def round_certificates_zip(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    round_ = load_round(request, slug, "awards.run")
    return zip_response(f"Certificates {round_}.zip".replace("/", " "), pages.zip_of(round_, now=now()))
