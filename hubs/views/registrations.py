from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import hq_roles
from hubs import queries, slots
from hubs.domain import registrations as domain
from hubs.forms.registrations import (
    AgreementForm,
    CorrectForm,
    PaperForm,
    PassForm,
    ReasonForm,
    RegistrationFilter,
)
from hubs.models import Hub, HubMembership, HubRound, Registration
from hubs.pages import registrations as pages
from hubs.turns import Turn, with_turn
from psqm_portal.core import pace
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Offer, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import long_date
from rounds.models import Round
from rounds.views.access import SignedIn

# How the history names a move.
DONE = {
    "register": "Registered",
    "agree": "The headteacher agreed",
    "send_agreement": "The agreement was sent again",
    "pass_to_hub": "Passed to a hub",
    "hand_back": "Handed back to HQ",
    "accept": "Accepted",
    "decline": "Declined",
}
# In an hour, from one line: nobody agrees or asks for new links more often.
MOST_AGREED = 30
TOO_OFTEN = "That came too often from your network. Try again in an hour, or write to us."


def _registration(request: SignedIn, pk: int) -> Registration:
    rows = queries.registrations_visible_to(request.user).select_related("school", "round", "hub")
    return get_object_or_404(rows, pk=pk)


def _inbox(request: SignedIn) -> tuple[QuerySet[Registration], bool]:
    """Who answers registrations: HQ's admins all of them, a hub leader those of the hub."""
    is_admin = Role.HQ_ADMIN in hq_roles(request.user)
    leads = HubMembership.objects.current().filter(user=request.user, role=Role.HUB_LEADER.value).exists()
    if not (is_admin or leads):
        raise PermissionDenied
    return with_turn(queries.registrations_visible_to(request.user), london_day(now())), is_admin


def _wanted(
    request: SignedIn, rows: QuerySet[Registration]
) -> tuple[RegistrationFilter, QuerySet[Registration]]:
    rounds = Round.objects.filter(registrations__in=rows.values("pk")).distinct()
    hubs = Hub.objects.filter(registrations__in=rows.values("pk")).distinct()
    # A link to whose turn it is, or to one round, means what waits; "All" has to be chosen.
    form = RegistrationFilter({"status": "waiting", **request.GET.dict()}, rounds=rounds, hubs=hubs)
    if form.is_valid():
        rows = pages.filtered(rows, form.cleaned_data)
    order = ("turn_began", "id") if form["status"].value() == "waiting" else ("-registered_at", "-id")
    return form, rows.select_related("school", "round", "hub").order_by(*order)


@require_safe
def registrations(request: SignedIn) -> HttpResponse:
    rows, is_admin = _inbox(request)
    form, found = _wanted(request, rows)
    context = {
        "filter": form,
        "page": Paginator(found, 50).get_page(request.GET.get("page")),
        "figures": pages.figures(rows),
        "is_admin": is_admin,
        "turn": Turn,
    }
    return render(request, "hubs/registrations.html", context)


@require_safe
def registrations_csv(request: SignedIn) -> HttpResponseBase:
    """What the list shows, whole."""
    rows, _ = _inbox(request)
    _, found = _wanted(request, rows)
    return csv_response("registrations.csv", pages.CSV_HEADER, pages.csv_rows(found))


@require_safe
def registration(request: SignedIn, pk: int) -> HttpResponse:
    today = london_day(now())
    row = pages.standing(_registration(request, pk), today)
    moves = domain.registration_machine.offers(row, by=request.user, now=now())
    offers: dict[str, Offer] = {offer.action: offer for offer in moves}
    history = HistoryEntry.objects.filter(machine="registration", subject_id=row.pk).select_related("by")
    timeline = [
        {"label": DONE[entry.action], "at": entry.at, "by": entry.by, "reason": entry.reason}
        for entry in history
    ]
    nudges = [
        {"label": f"Reminder to {nudge.get_to_display().split(',')[0]}", "at": nudge.sent_at}
        for nudge in row.nudges.all()
    ]
    hub_round = None
    if row.hub_id is not None:
        rows = HubRound.objects.filter(hub_id=row.hub_id, round_id=row.round_id)
        hub_round = queries.with_places(rows).select_related("hub", "round").first()
    return render(
        request,
        "hubs/registration.html",
        {
            "registration": row,
            "offers": offers,
            "history": sorted([*timeline, *nudges], key=lambda one: one["at"]),
            "hub_round": hub_round,
            "lacking": pages.lacking(row),
            "terms": slots.fee_terms(row.round, row.school),
            "agreement_is_over": now() >= row.agreement_ends_at,
        },
    )


def _offered(request: SignedIn, row: Registration, action: str) -> None:
    """403 for a person who may never make this move here."""
    machine = domain.registration_machine
    if not machine.permitted(machine.moves[action], row, request.user):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def registration_pass(request: SignedIn, pk: int) -> HttpResponse:
    row = _registration(request, pk)
    _offered(request, row, "pass_to_hub")
    choices, others = pages.hubs_for(row)
    form = PassForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        try:
            domain.pass_to_hub(row, form.chosen, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"{row.school} is passed to {form.chosen}. Its hub leader gets an email."
            )
            return redirect("registration", pk)
    context = {"registration": row, "form": form, "others": others}
    return render(request, "hubs/registration_pass.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def registration_correct(request: SignedIn, pk: int) -> HttpResponse:
    """HQ puts a name or an address right: most often the headteacher's, who otherwise never gets the link."""
    row = _registration(request, pk)
    _offered(request, row, "decline")
    before = row.headteacher_email
    form = CorrectForm(request.POST or None, instance=Registration.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        try:
            corrected = domain.correct(row, form.cleaned_data, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            sent = f" {corrected.headteacher_name} gets the agreement." * (
                corrected.headteacher_email != before
            )
            messages.success(request, f"The people are saved.{sent}")
            return redirect("registration", pk)
    return render(request, "hubs/registration_correct.html", {"registration": row, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def registration_answer(request: SignedIn, pk: int, action: str) -> HttpResponse:
    """Decline (HQ, to the school) or hand back (hub leader, to HQ); both need a reason."""
    row = _registration(request, pk)
    _offered(request, row, action)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = domain.decline if action == "decline" else domain.hand_back
        try:
            answer(row, by=request.user, now=now(), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = "is declined" if action == "decline" else "is handed back to HQ"
            messages.success(request, f"The registration of {row.school} {said}.")
            return redirect("registrations")
    context = {"registration": row, "form": form, "action": action}
    return render(request, "hubs/registration_answer.html", context)


@require_POST
def registration_send_agreement(request: SignedIn, pk: int) -> HttpResponse:
    row = _registration(request, pk)
    try:
        domain.send_agreement_again(row, by=request.user, now=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"We have sent {row.headteacher_name} the agreement again.")
    return redirect("registration", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def registration_paper(request: SignedIn, pk: int) -> HttpResponse:
    row = _registration(request, pk)
    _offered(request, row, "agree")
    form = PaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, signed_on = form.cleaned_data["name"], long_date(form.cleaned_data["signed_on"])
        try:
            domain.agree(row, name=name, now=now(), by=request.user, signed_on=signed_on)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The agreement is recorded.")
            return redirect("registration", pk)
    return render(request, "hubs/registration_paper.html", {"registration": row, "form": form})


# The headteacher has no account yet: the secret in the link is what lets them in.
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest, token: str) -> HttpResponse:
    row = domain.find_agreement(token)
    if row is None:
        return render(request, "hubs/agreement_gone.html", status=404)
    if now() >= row.agreement_ends_at:
        return _agreement_over(request, row, token)
    form = AgreementForm(request.POST or None)
    if request.method == "POST" and row.agreed_at is None and form.is_valid():
        if not pace.may("agreement", pace.line_of(request), most=MOST_AGREED):
            form.add_error(None, TOO_OFTEN)
            return render(
                request,
                "hubs/agreement.html",
                _agreement_context(row, form),
                status=HTTPStatus.TOO_MANY_REQUESTS,
            )
        try:
            domain.agree(token, name=form.cleaned_data["name"], now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("agreement", token)
    return render(request, "hubs/agreement.html", _agreement_context(row, form))


def _agreement_context(row: Registration, form: AgreementForm) -> dict[str, Any]:
    return {"registration": row, "form": form, "terms": slots.fee_terms(row.round, row.school)}


def _agreement_over(request: HttpRequest, row: Registration, token: str) -> HttpResponse:
    """An old link shows nothing of the registration, but has a new one sent to where it was sent before."""
    if request.method == "POST":
        try:
            domain.renew_agreement(token, now=now())
        except Refused:  # answered at this moment
            return redirect("agreement", token)
        return redirect("agreement_sent")
    needed = row.status == Registration.Status.WAITING and row.agreed_at is None
    return render(request, "hubs/agreement_over.html", {"needed": needed}, status=HTTPStatus.GONE)


# Public: it says the same to everybody.
@login_not_required
@require_safe
def agreement_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "hubs/agreement_sent.html")
