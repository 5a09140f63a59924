from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from submissions.pages.history import happenings
from submissions.pages.sight import load

PER_PAGE = 50


@require_safe
def submission_history(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    page = Paginator(happenings(sight), PER_PAGE).get_page(request.GET.get("page"))
    context = {"sight": sight, "submission": sight.submission, "page": page}
    return render(request, "submissions/history.html", context)
