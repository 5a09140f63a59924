"""The first page: for a visitor what the scheme is, for a person what waits for them, role by role."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from awards.models import Review
from awards.pages.appeals import to_answer as appeals_to_answer
from awards.queries import visible_to as reviews_visible_to
from hubs.domain.commitments import to_sign
from hubs.pages.applications import waiting_for as applications_waiting_for
from hubs.pages.checklist import next_duties
from hubs.pages.hand_over import ahead_for
from hubs.queries import registrations_visible_to
from hubs.turns import Turn, with_turn
from messaging.queries import suppression_of
from payments.models import Invoice
from payments.queries import visible_to as invoices_visible_to
from psqm_portal.board import queries
from psqm_portal.core import clock
from psqm_portal.core.roles import HQ, HUB, SCHOOL, Role
from rounds.domain.calendar import dates_of
from rounds.models import Round
from submissions.domain.feedback import OPEN_IN
from submissions.models import ExtensionRequest
from submissions.models.submission import Status
from submissions.pages.cases import to_settle
from submissions.pages.sight import places_in, shown_status, unread_in

# How many of the calendar's dates stand on the page.
COMING = 4


@login_not_required  # the public home; what is a person's own is loaded for that person below
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not isinstance(request.user, User):
        return render(request, "board/public_home.html")
    now = clock.now()
    roles = places_in(request).roles
    milestones = queries.milestones_of(request.user, roles)
    today = clock.london_day(now)
    owed = queries.owed_by(request.user, milestones, now)
    return render(
        request,
        "board/home.html",
        {
            "roles": roles,
            "without_mail": suppression_of(request.user),
            "today": today,
            "owed": owed,
            "parts": list(queries.parts_waiting(request.user, roles)[:20]),
            "coming": [one for one in dates_of(request.user, today=today) if one.own and one.day >= today][
                :COMING
            ],
            "unread": unread_in(request) if roles & (SCHOOL | HUB | {Role.HQ_ADMIN}) else None,
            **_school(request.user, roles),
            # Somebody who is new and will stand in for a hub leader has no role until their day comes.
            "hubs_ahead": ahead_for(request.user, now=now) if roles & HUB or not roles else [],
            "duties": next_duties(request.user, now) if Role.HUB_LEADER in roles else None,
            **_hub(request.user, roles, today, said={step.url for step in owed}),
            **_hq(request.user, roles, now),
        },
    )


def _school(user: User, roles: frozenset[Role]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if roles & SCHOOL:
        found["submissions"] = own = list(queries.own_submissions(user)[:5])
        for row in own:
            row.told = Status(shown_status(row, frozenset()))  # type: ignore[attr-defined]  # for the page
        found["asked"] = [row for row in own if row.asked and row.status in OPEN_IN]  # type: ignore[attr-defined]
        found["schools"] = list({row.school_id: row.school for row in own}.values())
    if roles & {Role.HEADTEACHER, Role.SCHOOL_FINANCE}:
        issued = invoices_visible_to(user).exclude(status=Invoice.Status.DRAFT)
        newest = list(issued.select_related("submission__school", "submission__round")[:5])
        found["to_pay"] = sorted((one for one in newest if one.balance > 0), key=lambda one: one.due_on)
        found["invoices"] = [one for one in newest if one not in found["to_pay"]]
    return found


def _hub(user: User, roles: frozenset[Role], today: date, *, said: set[str]) -> dict[str, Any]:
    """``said``: addresses of what is already listed as owed, so that a review isn't listed twice."""
    found: dict[str, Any] = {}
    if roles & HUB:
        found["hub_cards"] = queries.hub_cards(user)
    if Role.HUB_LEADER in roles:
        reviews = (
            reviews_visible_to(user)
            .filter(status=Review.Status.ASSIGNED, standing__user=user)
            .select_related("standing__submission__round", "standing__submission__school")
            .order_by("assigned_at")[:10]
        )
        found["reviews"] = [review for review in reviews if review.get_absolute_url() not in said]
        found["registrations"] = _waiting_registrations(user, today, Turn.HUB_LEADER)
        signing = to_sign(user, today)
        if signing and not (signing.last and signing.last.not_renewing_at):
            found["signing"] = signing
    return found


def _hq(user: User, roles: frozenset[Role], now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if roles & HQ:
        found["hq"] = roles & HQ
    if roles & {Role.HQ_ADMIN, Role.HQ_VIEWER}:
        running = Round.objects.filter(status__in=[Round.Status.OPEN, Round.Status.CLOSED])
        found["rounds"] = list(running.order_by("-year", "season", "kind"))
    if Role.HQ_ADMIN in roles:
        found["registrations"] = _waiting_registrations(user, clock.london_day(now), Turn.HQ)
        found["cases"] = to_settle(user)
        found["appeals"] = list(appeals_to_answer()[:10])
        found["applications"] = applications_waiting_for(user)
        found["late_dates"] = ExtensionRequest.objects.filter(answered_at=None).count()
    if roles & {Role.HQ_ADMIN, Role.HQ_FINANCE}:
        issued = invoices_visible_to(user).filter(status=Invoice.Status.ISSUED)
        found["invoices_open"] = issued.count()
        found["invoices_late"] = issued.filter(due_on__lt=clock.london_day(now)).count()
        found["invoices_held"] = invoices_visible_to(user).filter(status=Invoice.Status.DRAFT).count()
    return found


def _waiting_registrations(user: User, today: date, turn: str) -> dict[str, int]:
    """Those that wait for this person; for HQ also how many have waited long, for whomever."""
    rows = with_turn(registrations_visible_to(user), today).order_by()
    long = Q(is_long=True) if turn == Turn.HQ else Q(is_long=True, turn=turn)
    return rows.aggregate(waiting=Count("pk", filter=Q(turn=turn)), long=Count("pk", filter=long))
