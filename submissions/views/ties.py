"""Evidence beside a part: tie what is there, say how it shows the criterion, untie."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from submissions.domain.evidence import tie, untie
from submissions.domain.writing import why_not_editable
from submissions.forms.ties import CaptionForm, TieForm
from submissions.models import Part
from submissions.pages.sight import Sight, attempt, load, load_part, load_piece


def _may_tie(request: HttpRequest, sight: Sight, part: Part) -> HttpResponse | None:
    """The answer to who may not tie evidence to this part now."""
    if not sight.writes or part.kind == Part.Kind.ACTION_PLAN:
        raise PermissionDenied
    if (sentence := why_not_editable(part)) is not None:
        messages.error(request, sentence)
        return redirect(part)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def part_evidence(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Tie a piece that the school already has to this part."""
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    if (answer := _may_tie(request, sight, own)) is not None:
        return answer
    pieces = sight.submission.evidence.filter(removed_at=None).exclude(links__part=own)
    form = TieForm(request.POST or None, pieces=pieces, part=own)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            tie(data["piece"], own, caption=data["caption"], by=sight.person, now=sight.now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{data['piece']} is tied to {own.title}.")
            return redirect(own)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "part": own,
        "form": form,
        "has_pieces": pieces.exists(),
    }
    return render(request, "submissions/part_evidence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def part_caption(request: HttpRequest, pk: int, part: int, piece: int) -> HttpResponse:
    """Say how one piece shows this part's criterion; one that isn't tied yet is tied with it.

    Asked by htmx, the form comes alone, to stand beside the text.
    """
    sight = load(request, pk)
    own, thing = load_part(sight, pk=part), load_piece(sight, piece)
    if (answer := _may_tie(request, sight, own)) is not None:
        return answer
    link = thing.links.filter(part=own).first()
    standing = {"caption": link.caption if link else ""}
    form = CaptionForm(
        request.POST or None, part=own, is_new=link is None, initial=standing, standing=standing
    )
    if request.method == "POST" and form.is_valid():
        caption = form.cleaned_data["caption"]
        try:
            tie(thing, own, caption=caption, by=sight.person, now=sight.now, seen=form.seen)
        except OutOfDate as newer:
            what = f"How {thing.title} shows {own.title}"
            return conflict_page(request, form, newer.standing, what=what, back=own.get_absolute_url())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Caption saved." if link else f"{thing} is tied to {own.title}.")
            return redirect(f"{own.get_absolute_url()}#ties")
    context = {
        "sight": sight,
        "submission": sight.submission,
        "part": own,
        "piece": thing,
        "form": form,
        "is_tied": link is not None,
    }
    alone = getattr(request, "htmx", False) and request.method != "POST"
    return render(request, f"submissions/{'_tie_form' if alone else 'part_caption'}.html", context)


@require_POST
def part_untie(request: HttpRequest, pk: int, part: int, piece: int) -> HttpResponse:
    """The piece stays among the school's evidence, so this needs no question first."""
    sight = load(request, pk)
    own, thing = load_part(sight, pk=part), load_piece(sight, piece)
    get_object_or_404(thing.links, part=own)
    if not sight.writes:
        raise PermissionDenied
    if attempt(request, lambda: untie(thing, own, by=sight.person, now=sight.now)):
        messages.success(request, f"{thing} isn't tied to {own.title} any more. It stays in your evidence.")
    return redirect(own)
