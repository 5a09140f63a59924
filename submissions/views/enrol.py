from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from hubs.domain.registrations import registration_machine
from hubs.models import Registration, Seat
from hubs.queries import registrations_visible_to
from psqm_portal.core import clock
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from schools.models import SchoolMembership
from submissions.domain.enrolment import enrol, work_to_renew
from submissions.queries import visible_to


@require_http_methods(["GET", "HEAD", "POST"])
def registration_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepting a registration is the enrolment: the page says what comes with it, then does it."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    registration = get_object_or_404(
        registrations_visible_to(person).select_related("school", "round", "hub"), pk=pk
    )
    move = registration_machine.moves["accept"]
    if not registration_machine.permitted(move, registration, person):
        raise PermissionDenied
    if request.method == "POST":
        try:
            submission = enrol(registration, by=person, now=clock.now())
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("registration_accept", pk)
        return redirect("registration_accepted", submission.registration_id)
    return _page(request, registration, person)


@require_safe
def registration_accepted(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened and what comes next, after the enrolment."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    registration = get_object_or_404(registrations_visible_to(person), pk=pk)
    submission = get_object_or_404(
        visible_to(person).select_related("school", "round", "hub"), registration=registration
    )
    first = Milestone.objects.filter(
        round=submission.round_id, step=Step.AUDIT, audience=Audience.SCHOOL
    ).first()
    context = {"submission": submission, "first": first}
    return render(request, "submissions/registration_accepted.html", context)


def _page(request: HttpRequest, registration: Registration, person: User) -> HttpResponse:
    offers = {
        offer.action: offer for offer in registration_machine.offers(registration, by=person, now=clock.now())
    }
    offer = offers.get("accept")
    seats = Seat.objects.filter(hub_round__hub=registration.hub_id, hub_round__round=registration.round_id)
    free = seats.free().order_by("number").first()
    why_not = offer.why_not if offer else "This registration is answered already."
    if why_not is None and free is None:
        why_not = f"{registration.hub} has no free place in {registration.round}."
    invited = [
        (registration.subject_leader_name, registration.subject_leader_email, Role.SUBJECT_LEADER),
        (registration.second_name, registration.second_email, Role.SUBJECT_LEADER),
        (registration.headteacher_name, registration.headteacher_email, Role.HEADTEACHER),
        (registration.finance_name, registration.finance_email, Role.SCHOOL_FINANCE),
    ]
    context = {
        "registration": registration,
        "why_not": why_not,
        "seat": free,
        "places": seats.count(),
        "known_heads": _heads_but_other(registration),
        "renews": work_to_renew(registration.school),
        "invited": [f"{name}, {role} ({email})" for name, email, role in invited if email],
    }
    return render(request, "submissions/registration_accept.html", context)


def _heads_but_other(registration: Registration) -> list[User]:
    """The school's headteachers in the portal, when the registration names somebody else.

    Anybody can fill in the public form, and whom it names is invited to all of the school's work.
    """
    members = SchoolMembership.objects.current().filter(
        school_id=registration.school_id, role=Role.HEADTEACHER.value
    )
    heads = [member.user for member in members.select_related("user").order_by("user__name", "pk")]
    named = registration.headteacher_email.lower()
    return [] if named in {head.email for head in heads} else heads
