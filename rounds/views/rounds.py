from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from rounds import queries
from rounds.domain import change, reminders
from rounds.domain.machine import round_machine
from rounds.domain.make import make_round
from rounds.forms import MilestoneForm, NewRoundForm, ReasonForm, RoundSettingsForm
from rounds.models import Audience, Milestone, Round
from rounds.slots import round_links, round_sections
from rounds.views.access import SignedIn, need


def _round(request: SignedIn, slug: str) -> Round:
    return get_object_or_404(queries.visible_to(request.user).select_related("framework"), slug=slug)


@require_safe
@permission_required("rounds.view_round", raise_exception=True)
def rounds(request: SignedIn) -> HttpResponse:
    rows = queries.latest_first(queries.visible_to(request.user))
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    may_make = request.user.has_perm("rounds.make_round")
    return render(request, "rounds/rounds.html", {"page": page, "may_make": may_make})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("rounds.make_round", raise_exception=True)
def round_new(request: SignedIn) -> HttpResponse:
    form = NewRoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_round(
                form.cleaned_data["template"], form.cleaned_data["year"], by=request.user, now=now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} is made. Look through its dates, then open it.")
            return redirect("round", made.slug)
    return render(request, "rounds/round_new.html", {"form": form})


@require_safe
def round_page(request: SignedIn, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    today = london_day(moment := now())
    milestones = list(round_.milestones.all())
    audiences = [
        {"label": audience.label, "rows": rows, "line": year_line(rows, today)}
        for audience in Audience
        if (rows := [row for row in milestones if row.audience == audience])
    ]
    return render(
        request,
        "rounds/round.html",
        {
            "round": round_,
            "audiences": audiences,
            "offers": round_machine.offers(round_, by=request.user, now=moment),
            "may_change": request.user.has_perm("rounds.change_round"),
            "may_see_late": request.user.has_perm("rounds.view_late"),
            "sections": [section(request, round_) for section in round_sections],
            "links": [link for links in round_links for link in links(request, round_)],
        },
    )


def year_line(rows: list[Milestone], today: date) -> list[dict[str, object]]:
    """The audience's year; "you are here" is the first step that isn't over."""
    ordered = sorted(rows, key=lambda row: (row.due_on, row.opens_on, row.pk))
    here = next((row.pk for row in ordered if row.due_on >= today), None)
    return [
        {
            "label": row.label,
            "date": row.due_on,
            "state": "now" if row.pk == here else "done" if row.due_on < today else "next",
        }
        for row in ordered
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def round_settings(request: SignedIn, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    need(request, "rounds.change_round")
    form = RoundSettingsForm(request.POST or None, instance=round_)
    if request.method == "POST" and form.is_valid():
        try:
            change.change_settings(round_, by=request.user, now=now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The settings are saved.")
            return redirect("round", round_.slug)
    return render(request, "rounds/round_settings.html", {"form": form, "round": _round(request, slug)})


@require_http_methods(["GET", "HEAD", "POST"])
def round_action(request: SignedIn, slug: str, action: str) -> HttpResponse:
    """A page that says what will happen, then the move itself."""
    round_ = _round(request, slug)
    need(request, "rounds.change_round")
    move = round_machine.moves[action]
    form = ReasonForm(request.POST or None) if "reason" in move.needs else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        try:
            round_machine.perform(round_, action, by=request.user, now=now(), reason=reason)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            done = {"open": "open", "close": "closed", "reopen": "open again", "archive": "archived"}[action]
            messages.success(request, f"{round_} is {done}.")
        return redirect("round", round_.slug)
    context = {"round": round_, "move": move, "form": form, "action": action}
    return render(request, "rounds/round_action.html", context)


@require_safe
def late(request: SignedIn, slug: str) -> HttpResponse:
    round_ = _round(request, slug)
    need(request, "rounds.view_late")
    rows = reminders.late(now(), round_)
    shows_reminded = request.GET.get("show") == "reminded"
    with_hq = [row for row in rows if row.with_hq]
    reminded = [row for row in rows if not row.with_hq]
    page = Paginator(reminded if shows_reminded else with_hq, 50).get_page(request.GET.get("page"))
    tabs = [
        {"label": "With HQ now", "url": "?", "active": not shows_reminded, "count": len(with_hq)},
        {
            "label": "Being reminded",
            "url": "?show=reminded",
            "active": shows_reminded,
            "count": len(reminded),
        },
    ]
    context = {
        "round": round_,
        "page": page,
        "tabs": tabs,
        "shows_reminded": shows_reminded,
        # HQ viewers read the list; a school's work isn't theirs.
        "opens": request.user.has_perm("rounds.change_round"),
    }
    return render(request, "rounds/late.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    row = get_object_or_404(queries.milestones_visible_to(request.user), pk=pk, round__slug=slug)
    need(request, "rounds.change_round")
    form = MilestoneForm(request.POST or None, initial={"opens_on": row.opens_on, "due_on": row.due_on})
    if request.method == "POST" and form.is_valid():
        try:
            change.move_milestone(
                row,
                opens_on=form.cleaned_data["opens_on"],
                due_on=form.cleaned_data["due_on"],
                by=request.user,
                now=now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The dates of “{row.label}” are saved. Reminders go by the new date.")
            return redirect("round", slug)
    history = HistoryEntry.objects.filter(machine="milestone", subject_id=row.pk).select_related("by")
    return render(request, "rounds/milestone.html", {"form": form, "milestone": row, "history": history})
