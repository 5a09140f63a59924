"""A hub leader's mentoring log and checklist, and HQ's page of all hub leaders."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from hubs import queries
from hubs.domain import mentoring as domain
from hubs.domain.commitments import bound_leaders
from hubs.forms.leaders import LeadersForm, TimeGivenForm, first_answers
from hubs.models import HubMembership, HubRound, MentoringEntry
from hubs.pages import leaders as pages
from hubs.pages.checklist import led, lines_of, own_lines
from hubs.pages.mentoring import log_of
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import HQ, HUB, Role
from psqm_portal.core.seen import OutOfDate, conflict_page
from rounds.views.access import SignedIn
from schools.models import SchoolMembership

PER_PAGE = 50


def _hub_round(request: SignedIn, slug: str, round_slug: str) -> HubRound:
    rows = queries.hub_rounds_visible_to(request.user).select_related("hub", "round")
    return get_object_or_404(rows, hub__slug=slug, round__slug=round_slug)


# The mentoring log ----------------------------------------------------------------------------------------


@require_safe
def mentoring(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    log = log_of(row, request.user)
    context = {"hub": row.hub, "round": row.round, "log": log, "page": _paged(request, log.entries)}
    return render(request, "hubs/leaders/mentoring.html", context)


def _paged(request: SignedIn, rows: Sequence[Any]) -> Any:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


@require_safe
def mentoring_csv(request: SignedIn, slug: str, round_slug: str) -> HttpResponseBase:
    row = _hub_round(request, slug, round_slug)
    entries = log_of(row, request.user).entries
    header = ("School", "Date", "Minutes", "How", "Who", "What it was about")
    cells = (
        [one.school.name, one.held_on, one.minutes, one.get_how_display(), one.by.name, one.note]
        for one in entries
    )
    return csv_response(f"mentoring-{slug}-{round_slug}.csv", header, cells)


@require_http_methods(["GET", "HEAD", "POST"])
def mentoring_new(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    if not queries.roles_towards(request.user, row.hub) & HUB:
        raise PermissionDenied
    moment = now()
    own = SchoolMembership.objects.filter(user=request.user).values("school")
    schools = queries.schools_on_seats(row).exclude(pk__in=own)
    asked = request.GET.get("school", "")
    initial = first_answers(int(asked) if asked.isdecimal() else None, london_day(moment))
    form = TimeGivenForm(request.POST or None, schools=schools, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.words().items() if name != "school"}
        school = form.cleaned_data["school"]
        try:
            entry = domain.log_time(row, school, **given, by=request.user, now=moment)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{entry.time} for {school} is logged.")
            return redirect("mentoring", slug, round_slug)
    context = {"hub_round": row, "form": form, "entry": None}
    return render(request, "hubs/leaders/mentoring_entry.html", context)


def _entry(request: SignedIn, slug: str, round_slug: str, pk: int) -> MentoringEntry:
    row = _hub_round(request, slug, round_slug)
    entry = get_object_or_404(row.mentoring.select_related("school", "by"), pk=pk)
    entry.hub_round = row
    if not domain.may_correct(request.user, entry):
        raise PermissionDenied
    return entry


@require_http_methods(["GET", "HEAD", "POST"])
def mentoring_entry(request: SignedIn, slug: str, round_slug: str, pk: int) -> HttpResponse:
    entry = _entry(request, slug, round_slug, pk)
    standing = domain.standing_of(entry)
    form = TimeGivenForm(request.POST or None, standing=standing, initial=standing)
    form.main_button = "Save changes"
    if request.method == "POST" and form.is_valid():
        try:
            domain.change(entry, **form.words(), seen=form.seen, by=request.user, now=now())
        except OutOfDate as newer:
            back = request.path
            return conflict_page(
                request, form, newer.standing, what=f"Mentoring of {entry.school}", back=back
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The entry is changed.")
            return redirect("mentoring", slug, round_slug)
    history = HistoryEntry.objects.filter(machine="mentoring", subject_id=entry.pk).select_related("by")
    context = {"hub_round": entry.hub_round, "form": form, "entry": entry, "history": history}
    return render(request, "hubs/leaders/mentoring_entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mentoring_delete(request: SignedIn, slug: str, round_slug: str, pk: int) -> HttpResponse:
    entry = _entry(request, slug, round_slug, pk)
    if request.method == "POST":
        try:
            domain.take_away(entry, by=request.user, now=now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{entry.time} for {entry.school} is taken away.")
        return redirect("mentoring", slug, round_slug)
    context = {"entry": entry, "hub_round": entry.hub_round, "time": entry.time}
    return render(request, "hubs/leaders/mentoring_delete.html", context)


# The checklist --------------------------------------------------------------------------------------------


@require_safe
def hub_checklist(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    """The leader's; mentors see the hub's lines, without what is the leader's own."""
    row = _hub_round(request, slug, round_slug)
    roles, moment = queries.roles_towards(request.user, row.hub), now()
    own: list[Any] = []
    [one] = led([row])
    if not roles & HQ:  # nobody of the hub reads how the school stands where they are or were
        mine = SchoolMembership.objects.filter(user=request.user).values_list("school_id", flat=True)
        one = replace(one, own_schools=one.own_schools.union(mine))
    lines = lines_of([one], moment)[row.pk]
    if roles & (HQ | {Role.HUB_LEADER}):
        bound = bound_leaders().filter(pk=one.leader.pk) if one.leader else HubMembership.objects.none()
        needed = {one.leader.user_id: row.round.meetings_a_year} if one.leader else {}
        own = [line for owns in own_lines(bound, needed, moment).values() for line in owns.lines]
    else:
        lines = [line for line in lines if line.duty not in {"reviews", "issues"}]
    context = {
        "hub": row.hub,
        "round": row.round,
        "leader": one.leader.user if one.leader else None,
        "lines": lines,
        "own": own,
        **_whose_links(roles),
    }
    return render(request, "hubs/leaders/checklist.html", context)


def _whose_links(roles: frozenset[Role]) -> dict[str, bool]:
    """HQ looks at lists; the pages on which a line is done are the hub's people's, and HQ admins'."""
    return {"is_hq": not roles & HUB, "opens": bool(roles & (HUB | {Role.HQ_ADMIN}))}


# HQ's page of all leaders -----------------------------------------------------------------------------------


def _found(request: SignedIn) -> tuple[LeadersForm, list[pages.Leader]]:
    form = LeadersForm(request.GET or None)
    rows = pages.leaders(pages.current(), now(), form.chosen.get("round"))
    return form, pages.ordered(pages.narrowed(rows, form.chosen), request.GET.get("sort", ""))


@require_safe
@permission_required("hubs.view_leaders", raise_exception=True)
def hub_leaders(request: SignedIn) -> HttpResponse:
    form, rows = _found(request)
    context = {
        "filter": form,
        "is_filtered": bool(form.chosen),
        "page": _paged(request, rows),
        "late": sum(1 for row in rows if row.late),
        "columns": pages.COLUMNS,
    }
    return render(request, "hubs/leaders/hub_leaders.html", context)


@require_safe
@permission_required("hubs.view_leaders", raise_exception=True)
def hub_leaders_csv(request: SignedIn) -> HttpResponseBase:
    """As the page is narrowed and ordered."""
    _, rows = _found(request)
    header = [
        "Hub leader",
        "Hubs",
        *pages.COLUMNS.values(),
        "Commitment until",
        "Late",
        "Missing",
        "Substitute",
    ]
    return csv_response(f"hub-leaders-{london_day(now())}.csv", header, _cells(rows))


def _cells(rows: Sequence[pages.Leader]) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            row.user.name,
            ", ".join(hub.name for hub in row.hubs),
            *(cell.words for cell in row.cells),
            row.until,
            len(row.late),
            ", ".join(row.late_names),
            row.stands_in,
        ]


@require_safe
@permission_required("hubs.view_leaders", raise_exception=True)
def hub_leader(request: SignedIn, pk: int) -> HttpResponse:
    """One leader: the checklists of their hubs, the years before. Also who led a hub once."""
    user = get_object_or_404(User, pk=pk)
    if not user.hub_memberships.filter(role=Role.HUB_LEADER.value).exists():
        raise Http404
    found = pages.leaders(pages.current().filter(user=user), now())
    running = {one.hub_round.pk for leader in found for one in leader.rounds}
    admin = request.user.has_perm("hubs.change_hub")
    context = {
        "leader": user,
        "row": found[0] if found else None,
        "before": [row for row in pages.years_before(user) if row.pk not in running],
        "is_hq": True,
        "opens": admin,
    }
    return render(request, "hubs/leaders/hub_leader.html", context)
