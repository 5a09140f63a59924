"""Next year: earlier work beside this year's, and what the school does with it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import counted
from submissions.domain.earlier import Begun, WouldReplace, begin, earlier_of, keep_rest
from submissions.models import Part, Submission
from submissions.pages.earlier import Earlier
from submissions.pages.sight import Sight, load, load_part

DONE = {
    Part.Beginning.KEPT: "You keep what you wrote for {part}. You can still change it.",
    Part.Beginning.CHANGED: "Here is what you wrote last time. Change what has changed.",
    Part.Beginning.FRESH: "{part} starts empty. What you wrote last time stays beside it.",
}


@require_safe
def earlier(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    old = _earlier(sight)
    parts = list(
        sight.submission.parts.select_related("criterion__strand", "core_document", "signed_version")
    )
    page = Earlier(sight, old)
    rows = page.beside(parts)
    open_ = [row for row in rows if row.is_open]
    context = {
        "sight": sight,
        "submission": sight.submission,
        "earlier": old,
        "rows": rows,
        "gone": page.without_counterpart(parts),
        "audit": page.audit(),
        "asked": sum(1 for row in rows if row.is_asked),
        "open": len(open_),
        "rest": sum(1 for row in open_ if row.editable and not row.is_started),
    }
    return render(request, "submissions/earlier.html", context)


@require_POST
def earlier_part(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Keep, change or start fresh; where something typed since would go, asks first."""
    sight = load(request, pk)
    old, own = _earlier(sight), load_part(sight, pk=part)
    if not sight.writes:
        raise PermissionDenied
    choice = request.POST.get("choice", "")
    if choice not in DONE:
        messages.error(request, "Choose what to do with it: keep, change or start fresh.")
        return redirect(_back(sight, own))
    sure = request.POST.get("sure", "")
    try:
        begun = begin(own, choice, by=sight.person, now=sight.now, sure=sure)
    except WouldReplace as question:
        context = {
            "sight": sight,
            "submission": sight.submission,
            "earlier": old,
            "row": Earlier(sight, old).beside([own])[0],
            "choice": choice,
            "hidden": {"choice": choice, "sure": question.mark},
            "back": _back(sight, own),
        }
        return render(request, "submissions/earlier_replace.html", context, status=409)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_back(sight, own))
    messages.success(request, DONE[Part.Beginning(begun.part.beginning)].format(part=own.title))
    _say_left_out(request, [begun])
    return redirect(own if choice == Part.Beginning.CHANGED else _back(sight, own))


@require_POST
def earlier_rest(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep everything that nothing was decided or written for."""
    sight = load(request, pk)
    _earlier(sight)
    if not sight.writes:
        raise PermissionDenied
    try:
        kept = keep_rest(sight.submission, by=sight.person, now=sight.now)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, f"You keep {counted(len(kept), 'part')}. You can still change each of them."
        )
        _say_left_out(request, kept)
    return redirect("earlier", pk)


def _earlier(sight: Sight) -> Submission:
    old = earlier_of(sight.submission)
    if old is None:
        raise Http404
    return old


def _say_left_out(request: HttpRequest, begun: list[Begun]) -> None:
    sentences = [sentence for one in begun for sentence in one.left_out]
    if sentences:
        messages.warning(request, "Not copied: " + " ".join(dict.fromkeys(sentences)))


def _back(sight: Sight, part: Part) -> str:
    return reverse("earlier", args=[sight.submission.pk]) + f"#part-{part.pk}"
