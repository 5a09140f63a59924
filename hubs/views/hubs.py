from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.invitations import withdraw
from accounts.models import Invitation, User
from accounts.queries import hq_roles
from hubs import queries
from hubs.domain import hubs as domain
from hubs.forms.hubs import HubForm, HubsForm, PayeeForm, PersonForm, TakePartForm
from hubs.models import Hub, HubMembership
from hubs.pages import hubs as pages
from hubs.pages.hand_over import RUNNING, newest_notes
from messaging.queries import suppressed_among
from psqm_portal.core import log
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.views.access import SignedIn, need
from schools.distance import point_of_postcode

PER_PAGE = 50
HEADER = (
    *("Hub", "Town or area", "Area it covers", "Postcode", "Active", "Hub leader", "Leader’s address"),
    *("Substitute", "Mentors", "Rounds running", "Places taken", "Places free", "Registrations waiting"),
    "Miles",
)


def _hub(request: SignedIn, slug: str) -> Hub:
    return get_object_or_404(queries.visible_to(request.user), slug=slug)


def _changeable(request: SignedIn, slug: str) -> Hub:
    hub = _hub(request, slug)
    need(request, "hubs.change_hub")
    return hub


def _people(hub: Hub) -> list[HubMembership]:
    """The leader first, then mentors by name."""
    rows = HubMembership.objects.current().filter(hub=hub).select_related("user").order_by("user__name", "pk")
    return sorted(rows, key=lambda row: row.role != Role.HUB_LEADER.value)


def _listed(request: SignedIn) -> dict[str, Any]:
    """The hubs as they are asked for, narrowed, measured and sorted."""
    form = HubsForm(request.GET or None)
    chosen = form.chosen
    near = point_of_postcode(typed) if (typed := chosen.get("near")) else None
    rows = pages.rows_of(
        queries.visible_to(request.user), queries.registrations_visible_to(request.user), near
    )
    found = pages.narrowed(rows, chosen)
    return {
        "filter": form,
        "rows": pages.ordered(found, request.GET.get("sort", ""), near=near is not None),
        "whole": len(rows),
        "near": " ".join(typed.upper().split()) if typed else "",
        "is_measured": near is not None,
        "is_filtered": any(chosen.values()),
        "shows_waiting": any(row.waiting for row in rows) or request.user.has_perm("hubs.change_hub"),
    }


@require_safe
@permission_required("hubs.view_hubs", raise_exception=True)
def hubs(request: SignedIn) -> HttpResponse:
    context = _listed(request)
    context["page"] = Paginator(context["rows"], PER_PAGE).get_page(request.GET.get("page"))
    context["may_change"] = request.user.has_perm("hubs.change_hub")
    context["is_hq"] = bool(hq_roles(request.user))
    return render(request, "hubs/hubs.html", context)


@require_safe
@permission_required("hubs.view_hubs", raise_exception=True)
def hubs_csv(request: SignedIn) -> HttpResponseBase:
    """The whole list, narrowed and sorted as the page is."""
    rows = _listed(request)["rows"]
    writes = request.user.has_perm("hubs.change_hub")
    return csv_response(f"hubs-{london_day(now())}.csv", HEADER, (_cells(row, writes) for row in rows))


def _cells(row: pages.Row, addresses: bool) -> list[Any]:  # noqa: FBT001 - a helper of one caller
    ahead = row.substitution
    return [
        *(row.hub.name, row.hub.place, row.hub.area, row.hub.postcode, row.hub.is_active, row.leader),
        row.leader.email if row.leader and addresses else "",
        f"{ahead.name}, {ahead.first_day} to {ahead.last_day}" if ahead else "",
        ", ".join(person.name for person in row.mentors),
        ", ".join(str(one.round) for one in row.hub_rounds),
        *(row.places_taken, row.places_free, row.waiting),
        None if row.miles is None else round(row.miles, 1),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("hubs.change_hub", raise_exception=True)
def hub_new(request: SignedIn) -> HttpResponse:
    form = HubForm(request.POST or None)
    form.main_button = "Make this hub"
    if request.method == "POST" and form.is_valid():
        hub = form.save()
        _locate(request, hub)
        log.write("hub.made", by=request.user, now=now(), about=f"hub:{hub.pk}")
        messages.success(request, f"{hub} is made. Now name its hub leader.")
        return redirect("hub_people", hub.slug)
    return render(request, "hubs/hub_form.html", {"form": form, "hub": None})


@require_http_methods(["GET", "HEAD", "POST"])
def hub_edit(request: SignedIn, slug: str) -> HttpResponse:
    hub = _changeable(request, slug)
    form = HubForm(request.POST or None, instance=hub)
    if request.method == "POST" and form.is_valid():
        _locate(request, form.save())
        fields = ", ".join(form.changed_data)
        log.write("hub.changed", by=request.user, now=now(), about=f"hub:{hub.pk}", detail=fields)
        messages.success(request, "The hub is saved.")
        return redirect("hub", slug)
    return render(request, "hubs/hub_form.html", {"form": form, "hub": _hub(request, slug)})


def _locate(request: SignedIn, hub: Hub) -> None:
    if not domain.locate(hub) and hub.postcode:
        messages.warning(
            request,
            f"The register knows no school in or near {hub.postcode}, so {hub} has no distances.",
        )


@require_safe
def hub_page(request: SignedIn, slug: str) -> HttpResponse:
    hub = _hub(request, slug)
    visible = queries.hub_rounds_visible_to(request.user).filter(hub=hub)
    hub_rounds = list(
        queries.with_places(visible).select_related("round").order_by("-round__year", "round__season")
    )
    running = [row for row in hub_rounds if row.round.status in RUNNING]
    schools = pages.schools_now(running)
    people, ahead = _people(hub), pages.substitutions_of([hub.pk]).first()
    may_change = request.user.has_perm("hubs.change_hub")
    waiting = queries.registrations_visible_to(request.user).filter(hub=hub, status="waiting")
    leaders = [row.user for row in people if row.role == Role.HUB_LEADER.value]
    in_question = [*leaders, *([ahead.leader, ahead.substitute] if ahead else [])]
    return render(
        request,
        "hubs/hub.html",
        {
            "hub": hub,
            "people": people,
            "leads": bool(leaders),
            "leads_it": request.user in leaders,
            "substitution": ahead,
            "today": london_day(now()),
            "hub_rounds": hub_rounds,
            "schools": [(row, schools[row.pk]) for row in running if row.pk in schools],
            "nearest": pages.nearest(hub, queries.visible_to(request.user)),
            "own_schools": pages.own_schools(hub, in_question) if may_change else [],
            "waiting": waiting.count(),
            "may_change": may_change,
            "may_hand_over": request.user.has_perm("hubs.hand_over", hub),
            "may_tell_hq": request.user.has_perm("hubs.train", hub),
        },
    )


@require_safe
def hub_people(request: SignedIn, slug: str) -> HttpResponse:
    hub = _hub(request, slug)
    may_change = request.user.has_perm("hubs.change_hub")
    invited = Invitation.objects.filter(
        scope=f"hub:{hub.pk}", accepted_at=None, withdrawn_at=None, expires_at__gt=now()
    )
    former = HubMembership.objects.filter(hub=hub, ended_at__isnull=False).select_related("user")
    people = list(_people(hub))
    invitations = list(invited) if may_change else []
    addresses = [*(row.user.email for row in people), *(row.email for row in invitations)]
    return render(
        request,
        "hubs/hub_people.html",
        {
            "hub": hub,
            "people": people,
            "invited": invitations,
            "without_mail": suppressed_among(addresses) if may_change else set(),
            "former": former.order_by("-ended_at"),
            "substitution": pages.substitutions_of([hub.pk]).first(),
            "today": london_day(now()),
            "leads": any(row.role == Role.HUB_LEADER.value for row in people),
            "may_change": may_change,
            "sees_payee": request.user.has_perm("hubs.see_payee"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def hub_appoint(request: SignedIn, slug: str, role: str) -> HttpResponse:
    """A name and an address; a page that says what will happen; then the appointment or invitation."""
    hub = _changeable(request, slug)
    kind = Role.HUB_LEADER if role == "leader" else Role.MENTOR
    form = PersonForm(request.POST or None)
    form.main_button = "Continue" if kind is Role.HUB_LEADER else "Add this mentor"
    former = queries.leader_of(hub) if kind is Role.HUB_LEADER else None
    context = {"form": form, "hub": hub, "kind": kind, "former": former}
    if request.method == "POST" and form.is_valid():
        if former is not None and "confirmed" not in request.POST:
            return render(request, "hubs/replace_leader.html", {**context, **_replacing(hub, form, former)})
        try:
            made = domain.invite_to_hub(hub, **form.cleaned_data, role=kind, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            name = form.cleaned_data["name"]
            messages.success(
                request,
                f"We have sent {name} an invitation."
                if isinstance(made, Invitation)
                else f"{made.user} is now {made.get_role_display().lower()} of {hub}.",
            )
            return redirect("hub_people", slug)
    return render(request, "hubs/appoint.html", context)


def _replacing(hub: Hub, form: PersonForm, former: User) -> dict[str, Any]:
    """What HQ reads before it replaces a leader."""
    email = form.cleaned_data["email"].strip().lower()
    known = User.objects.filter(email=email, is_active=True).first()
    return {
        "person": form.cleaned_data,
        "known": known,
        "own_schools": pages.own_schools(hub, [known]),
        "notes": sorted(
            (note.written_at for note in newest_notes(hub).values() if note.written_by_id == former.pk),
            reverse=True,
        ),
        "substitution": pages.substitutions_of([hub.pk]).first(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def hub_stand_down(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    hub = _changeable(request, slug)
    membership = get_object_or_404(
        HubMembership.objects.current().select_related("user", "hub"), pk=pk, hub=hub
    )
    if request.method == "POST":
        domain.stand_down(membership, by=request.user, now=now())
        messages.success(
            request, f"{membership.user} isn’t {membership.get_role_display().lower()} any more."
        )
        return redirect("hub_people", slug)
    return render(request, "hubs/stand_down.html", {"hub": hub, "membership": membership})


@require_POST
def hub_invitation_withdraw(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    hub = _changeable(request, slug)
    invitation = get_object_or_404(Invitation, pk=pk, scope=f"hub:{hub.pk}")
    try:
        withdraw(invitation, by=request.user, now=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The invitation of {invitation.name} is withdrawn.")
    return redirect("hub_people", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def hub_payee(request: SignedIn, slug: str, pk: int) -> HttpResponse:
    hub = _hub(request, slug)
    need(request, "hubs.see_payee")
    membership = get_object_or_404(HubMembership.objects.select_related("user"), pk=pk, hub=hub)
    form = PayeeForm(request.POST or None, instance=membership)
    if request.method == "POST" and form.is_valid():
        reference = form.cleaned_data["payee_reference"]
        domain.set_payee_reference(membership, reference, by=request.user, now=now())
        messages.success(request, f"The payee reference of {membership.user} is saved.")
        return redirect("hub_people", slug)
    return render(request, "hubs/payee.html", {"hub": hub, "membership": membership, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def hub_take_part(request: SignedIn, slug: str) -> HttpResponse:
    hub = _changeable(request, slug)
    form = TakePartForm(request.POST or None, hub=hub)
    if request.method == "POST" and form.is_valid():
        try:
            made = domain.take_part(
                hub,
                form.cleaned_data["round"],
                training=form.cleaned_data["training"],
                by=request.user,
                now=now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{hub} takes part in {made.round}.")
            return redirect("hub_round", slug, made.round.slug)
    return render(request, "hubs/take_part.html", {"hub": hub, "form": form})
