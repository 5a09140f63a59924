"""All the questions, readable from the first day on, whatever is open yet."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from psqm_portal.core.clock import now
from psqm_portal.core.pdf import PdfUnavailable
from rounds.queries import frameworks_visible_to
from submissions.domain.questions import paper_of
from submissions.pages.dates import deadlines_of
from submissions.pages.questions import Questions
from submissions.pages.sight import load


@require_safe
def questions(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "questions": Questions(sight.submission.round.framework),
        "deadlines": deadlines_of(sight.submission),
    }
    return render(request, "submissions/questions.html", context)


@require_safe
def questions_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The scheme's own words, no school's: whoever is signed in reads them."""
    framework = get_object_or_404(frameworks_visible_to(request.user), pk=pk)
    try:
        stored = paper_of(framework, now=now())
    except PdfUnavailable as missing:
        messages.error(request, str(missing))
        return redirect("framework", pk)
    return redirect("open_file", stored.pk, stored.name)
