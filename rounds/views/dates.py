"""Changing dates: one step's, or all of an audience's; never without a look at what follows."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from rounds import queries
from rounds.domain import change, dates, impact
from rounds.forms import DatesForm, MilestoneForm
from rounds.models import Audience, Round
from rounds.pages.preview import Preview
from rounds.views.access import SignedIn, need

OF_SLUG = {slug: audience for audience, slug in dates.SLUGS.items()}


@require_http_methods(["GET", "HEAD", "POST"])
def milestone(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    row = get_object_or_404(queries.milestones_visible_to(request.user), pk=pk, round__slug=slug)
    need(request, "rounds.change_round")
    form = MilestoneForm(
        request.POST or None,
        initial={
            "opens_on": row.opens_on,
            "due_on": row.due_on,
            "seen": change.mark(row.round.milestones.all()),
        },
    )
    if _is_sent(request) and form.is_valid():
        wanted = {row.pk: (form.cleaned_data["opens_on"], form.cleaned_data["due_on"])}
        if (answer := _answer(request, row.round, form, wanted)) is not None:
            return answer
    history = HistoryEntry.objects.filter(machine="milestone", subject_id=row.pk).select_related("by")
    return render(request, "rounds/milestone.html", {"form": form, "milestone": row, "history": history})


@require_http_methods(["GET", "HEAD", "POST"])
def round_dates(request: SignedIn, slug: str, audience: str) -> HttpResponse:
    """All dates of an audience on one page, judged as they stand together."""
    round_ = get_object_or_404(queries.visible_to(request.user), slug=slug)
    need(request, "rounds.change_round")
    if (whose := OF_SLUG.get(audience)) is None:
        raise Http404
    milestones = list(round_.milestones.all())
    rows = [row for row in milestones if row.audience == whose]
    form = DatesForm(request.POST or None, rows=rows, initial={"seen": change.mark(milestones)})
    if _is_sent(request) and form.is_valid() and (answer := _answer(request, round_, form, form.wanted)):
        return answer
    context = {"round": round_, "form": form, "label": Audience(whose).label, "rows": rows}
    return render(request, "rounds/dates.html", context)


def _is_sent(request: SignedIn) -> bool:
    """Not where the look at what follows sends the person back to the dates they typed."""
    return request.method == "POST" and "back" not in request.POST


def _answer(
    request: SignedIn, round_: Round, form: DatesForm | MilestoneForm, wanted: change.Wanted
) -> HttpResponse | None:
    """The look at what follows, or the dates saved. None: the form says why neither."""
    moment = now()
    try:
        if "confirmed" in request.POST:
            seen = form.cleaned_data["seen"] or None
            changed = change.change_dates(round_, wanted, by=request.user, now=moment, seen=seen)
            return _saved(request, round_, len(changed))
        found = impact.of_dates(round_, wanted, now=moment)
    except change.ImpossibleDates as refusal:
        form.show(refusal.problems)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    else:
        if not found:
            messages.info(request, "Those are the dates that stand already, so nothing changed.")
            return redirect("round", round_.slug)
        context: dict[str, Any] = {
            "round": round_,
            "preview": Preview(round_, found),
            "typed": _typed(request),
        }
        return render(request, "rounds/dates_check.html", context)
    return None


def _saved(request: SignedIn, round_: Round, count: int) -> HttpResponse:
    if count:
        steps = "1 step" if count == 1 else f"{count} steps"
        messages.success(request, f"The new dates of {steps} are saved. Reminders go by them from now on.")
    return redirect("round", round_.slug)


def _typed(request: SignedIn) -> list[tuple[str, str]]:
    """What was typed, to be sent along again from the look at what follows."""
    own = {"csrfmiddlewaretoken", "confirmed", "back"}
    return [(name, request.POST[name]) for name in request.POST if name not in own and name[0] != "_"]
