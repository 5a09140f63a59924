"""HQ reads applications, judges each criterion and decides."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import hq_roles
from hubs.domain import judging as domain
from hubs.domain import specification
from hubs.domain.application_machine import application_machine, unjudged
from hubs.forms.applications import AcceptForm, ApplicationFilter, AskForm, JudgeForm, SpecificationForm
from hubs.forms.registrations import ReasonForm
from hubs.models import CommitmentPoint, LeaderApplication, LeaderCriterion
from hubs.pages import applications as pages
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate, conflict_page
from rounds.views.access import SignedIn


def _application(request: SignedIn, pk: int) -> LeaderApplication:
    return get_object_or_404(pages.visible_to(request.user).select_related("school", "hub"), pk=pk)


def _offers(request: SignedIn, application: LeaderApplication) -> dict[str, Any]:
    moves = application_machine.offers(application, by=request.user, now=now())
    return {offer.action: offer for offer in moves}


@require_safe
def leader_applications(request: SignedIn) -> HttpResponse:
    if Role.HQ_ADMIN not in hq_roles(request.user):
        raise PermissionDenied
    form = ApplicationFilter({"status": "sent", **request.GET.dict()}, counts=pages.counts_of(request.user))
    rows = pages.listed(request.user)
    if form.is_valid():
        rows = pages.matching(rows, form.cleaned_data["status"], form.cleaned_data["q"])
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    near = pages.nearest_hubs(list(page))
    rows_shown = [{"application": row, "near": near.get(row.pk, [])} for row in page]
    return render(request, "hubs/application/list.html", {"filter": form, "page": page, "rows": rows_shown})


@require_safe
def leader_application(request: SignedIn, pk: int) -> HttpResponse:
    application = _application(request, pk)
    said = pages.answers_of(application)
    judging = application.status == domain.Status.SENT
    rows = [{"one": one, "form": _judge_form(one) if judging and one.answer else None} for one in said]
    context = {
        "application": application,
        "rows": rows,
        "met": sum(1 for one in said if one.answer and one.answer.judgement == domain.Judgement.MET),
        "offers": _offers(request, application),
        "near": pages.nearest_hubs([application]).get(application.pk, []),
        "history": pages.history_of(application),
    }
    return render(request, "hubs/application/read.html", context)


def _judge_form(one: pages.Said, data: Any = None) -> JudgeForm:
    assert one.answer is not None  # noqa: S101 - asked before
    standing = domain.judged(one.answer)
    return JudgeForm(data, initial=standing, standing=standing, auto_id=f"id_{one.criterion.number}_%s")


@require_POST
def leader_application_judge(request: SignedIn, pk: int, number: int) -> HttpResponse:
    application = _application(request, pk)
    said = pages.answers_of(application)
    one = next((one for one in said if one.criterion.number == number and one.answer), None)
    if one is None or one.answer is None:
        raise Http404
    back = f"{reverse('leader_application', args=[pk])}#number-{number}"
    form = _judge_form(one, request.POST)
    if not form.is_valid():
        messages.error(request, "That can’t be saved: choose one of the judgements, and keep the note short.")
        return redirect(back)
    try:
        domain.judge(
            one.answer,
            judgement=form.cleaned_data["judgement"],
            note=form.cleaned_data["judgement_note"],
            by=request.user,
            now=now(),
            seen=form.seen,
        )
    except OutOfDate as newer:
        return conflict_page(request, form, newer.standing, what=f"{application}, number {number}", back=back)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Number {number} is saved.")
    return redirect(back)


def _offered(request: SignedIn, application: LeaderApplication, action: str) -> HttpResponse | None:
    """Back to the application, with the sentence, where the move isn't open."""
    offer = _offers(request, application).get(action)
    if offer is not None and offer.is_open:
        return None
    messages.error(request, offer.why_not if offer and offer.why_not else "This has been done already.")
    return redirect("leader_application", application.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_application_ask(request: SignedIn, pk: int) -> HttpResponse:
    application = _application(request, pk)
    if (answer := _offered(request, application, "ask_more")) is not None:
        return answer
    asked = application.answers.filter(judgement=domain.Judgement.MORE).select_related("criterion")
    form = AskForm(request.POST or None, is_judged=bool(asked))
    if request.method == "POST" and form.is_valid():
        try:
            domain.ask_for_more(application, words=form.cleaned_data["words"], by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{application.name} gets an email with what you ask for.")
            return redirect("leader_application", pk)
    context = {"application": application, "form": form, "asked": asked}
    return render(request, "hubs/application/ask.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_application_accept(request: SignedIn, pk: int) -> HttpResponse:
    application = _application(request, pk)
    if (answer := _offered(request, application, "accept")) is not None:
        return answer
    open_criteria = unjudged(application)
    initial = {"name": application.place, "place": application.place, "postcode": application.postcode}
    form = AcceptForm(request.POST or None, initial=initial, all_met=not open_criteria)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data.get("reason", "")
        try:
            done = domain.accept(application, form.chosen, by=request.user, now=now(), reason=reason)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{done.name} is accepted and gets an email. The hub is {done.hub}.")
            return redirect("leader_application", pk)
    context = {
        "application": application,
        "form": form,
        "unjudged": open_criteria,
        "near": pages.nearest_hubs([application]).get(application.pk, []),
    }
    return render(request, "hubs/application/accept.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_application_decline(request: SignedIn, pk: int) -> HttpResponse:
    application = _application(request, pk)
    if (answer := _offered(request, application, "decline")) is not None:
        return answer
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.decline(application, by=request.user, now=now(), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The application of {application.name} is declined.")
            return redirect("leader_applications")
    context = {"application": application, "form": form}
    return render(request, "hubs/application/decline.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("hubs.change_hub", raise_exception=True)
def leader_specification(request: SignedIn) -> HttpResponse:
    """The words of the criteria and commitments. What was signed keeps the words it was signed with."""
    standing = specification.standing()
    form = SpecificationForm(
        request.POST or None,
        criteria=list(LeaderCriterion.objects.all()),
        points=list(CommitmentPoint.objects.all()),
        standing=standing,
    )
    if request.method == "POST" and form.is_valid():
        try:
            specification.change(form.words(), by=request.user, now=now(), seen=form.seen)
        except OutOfDate as newer:
            what = "The specification"
            return conflict_page(request, form, newer.standing, what=what, back=request.path)
        messages.success(request, "The specification is saved.")
        return redirect("leader_specification")
    return render(request, "hubs/application/specification.html", {"form": form})
