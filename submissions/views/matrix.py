"""The matrix of criteria and evidence: to read, and for the subject leader to tick."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import counted
from submissions.domain.ties import Retied, Tie, retie
from submissions.models import EvidenceLink
from submissions.pages.matrix import Matrix
from submissions.pages.sight import Sight, load

PER_PAGE = 50
LONGEST_ID = 18


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_matrix(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    if request.method == "POST":
        return _save(request, sight)
    matrix = Matrix(sight)
    page = Paginator(matrix.pieces, PER_PAGE).get_page(request.GET.get("page"))
    matrix.fill(page.object_list)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "matrix": matrix,
        "page": page,
        "rows": page.object_list,
        "was": " ".join(matrix.ties_in(page.object_list)),
        "ticks": any(column.editable for column in matrix.columns) and bool(matrix.pieces),
    }
    return render(request, "submissions/matrix.html", context)


def _save(request: HttpRequest, sight: Sight) -> HttpResponse:
    """Only what differs from the page as it was opened: a tie that somebody made since stays."""
    if not sight.writes:
        raise PermissionDenied
    page = request.POST.get("page", "")
    here = reverse("evidence_matrix", args=[sight.submission.pk]) + (
        f"?page={page}" if page.isdecimal() else ""
    )
    ticked, was = _ties(request.POST.getlist("t")), _ties(request.POST.get("was", "").split())
    tie, untie = [one for one in ticked if one not in was], [one for one in was if one not in ticked]
    said = _with_captions(sight, untie)
    if said and "sure" not in request.POST:
        context = {
            "sight": sight,
            "submission": sight.submission,
            "links": said,
            "ticked": [f"{part}.{piece}" for part, piece in ticked],
            "was": request.POST.get("was", ""),
            "page": page,
            "back": here,
        }
        return render(request, "submissions/matrix_untie.html", context, status=409)
    try:
        done = retie(sight.submission, tie=tie, untie=untie, by=sight.person, now=sight.now)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _told(done))
    return redirect(here)


def _told(done: Retied) -> str:
    if not (done.tied or done.untied):
        return "Nothing was changed."
    made = f"{counted(done.tied, 'tie')} made" if done.tied else ""
    undone = f"{counted(done.untied, 'tie')} undone" if done.untied else ""
    captions = " Now say in a caption how each shows it." if done.tied else ""
    return f"Saved: {', '.join(filter(None, [made, undone]))}.{captions}"


def _with_captions(sight: Sight, untie: list[Tie]) -> list[EvidenceLink]:
    """Ties whose caption would go."""
    links = EvidenceLink.objects.filter(
        part__submission=sight.submission,
        part__in=[part for part, _ in untie],
        evidence__in=[piece for _, piece in untie],
    )
    rows = links.exclude(caption="").select_related("part", "evidence")
    return [link for link in rows if (link.part_id, link.evidence_id) in untie]


def _ties(values: list[str]) -> list[Tie]:
    """ "12.34": part and piece. What isn't of this form is nobody's tie."""
    found: list[Tie] = []
    for value in values:
        part, _, piece = value.partition(".")
        if part.isdecimal() and piece.isdecimal() and max(len(part), len(piece)) <= LONGEST_ID:
            found.append((int(part), int(piece)))
    return found
