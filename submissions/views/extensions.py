"""More time for one school: its own dates, a hub leader's request, HQ's answer."""

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from psqm_portal.core import clock
from psqm_portal.core.clock import long_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import HUB, Role
from rounds.models import Step
from submissions.domain import extensions as domain
from submissions.domain.later_date import dates_of, warnings
from submissions.forms.extensions import AnswerForm, AskForm, ChangeForm, DateForm, DeclineForm, GiveForm
from submissions.models import ExtensionRequest
from submissions.pages import extensions as pages
from submissions.pages.sight import Sight, attempt, load, places_in

PER_PAGE = 50


@require_safe
def submission_extensions(request: HttpRequest, pk: int) -> HttpResponse:
    """The school's dates: the round's, its own and why, for everybody who sees its work."""
    sight = load(request, pk)
    submission = sight.submission
    asked = submission.extension_requests.select_related("asked_by", "answered_by", "extension")
    dates = dates_of(submission)
    step = pages.next_step_of(dates, submission) if sight.leads_hub else None
    context = {
        "sight": sight,
        "submission": submission,
        "dates": dates.values(),
        "before": submission.extensions.select_related("granted_by").order_by("-id"),
        "requests": asked.order_by("-id") if sight.is_hq or sight.leads_hub else [],
        "may_give": sight.is_hq and submission.status in pages.EXTENDS,
        "one_click": pages.one_click(submission, step, dates.values(), sight.today)
        if sight.leads_hub
        else None,
    }
    return render(request, "submissions/extensions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def extension_new(request: HttpRequest, pk: int) -> HttpResponse:
    """HQ gives or shortens: a form, a page that says what will happen, then the date."""
    sight = load(request, pk)
    if not sight.is_hq:
        raise PermissionDenied
    dates = dates_of(sight.submission)
    form = GiveForm(
        request.POST or None, dates=dates, today=sight.today, initial={"step": request.GET.get("step")}
    )
    context: dict[str, Any] = {"sight": sight, "submission": sight.submission, "form": form}
    if sight.submission.status not in pages.EXTENDS:
        return render(request, "submissions/extension_form.html", {**context, "why_not": _closed(sight)})
    if request.method == "POST" and form.is_valid():
        step, until = form.cleaned_data["step"], form.cleaned_data["until"]
        if "change" in request.POST:
            return render(request, "submissions/extension_form.html", context)
        if "confirmed" not in request.POST:
            return render(request, "submissions/extension_confirm.html", context | _effects(sight, form))
        if attempt(
            request,
            partial(
                domain.give, sight.submission, step, until, why=form.cleaned_data["why"], by=sight.person,
                now=sight.now,
            ),
        ):  # fmt: skip
            messages.success(
                request,
                f"{sight.submission.school} has until the end of {long_day(until)}."
                " We’ve told the school and its hub leader.",
            )
            return redirect("submission_extensions", pk)
    return render(request, "submissions/extension_form.html", context)


def _closed(sight: Sight) -> str:
    stage = sight.submission.told_stage
    return f"More time can be given while the school works on its submission. It is {stage}."


def _effects(sight: Sight, form: DateForm) -> dict[str, Any]:
    step, until = form.cleaned_data["step"], form.cleaned_data["until"]
    own = dates_of(sight.submission)[step]
    return {
        "happens": pages.happens(sight, own, until),
        "warnings": warnings(sight.submission, step, until),
        "people": pages.told(sight.submission),
        "hidden": {
            "step": step.value,
            "until_0": until.day,
            "until_1": until.month,
            "until_2": until.year,
            "why": form.cleaned_data["why"],
        },
    }


@require_http_methods(["GET", "HEAD", "POST"])
def extension_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The hub leader asks HQ. Sent without a form (one click): the next open step, two weeks more."""
    sight = load(request, pk)
    if not sight.leads_hub:
        raise PermissionDenied
    dates = dates_of(sight.submission)
    click = pages.one_click(
        sight.submission, pages.next_step_of(dates, sight.submission), dates.values(), sight.today
    )
    context: dict[str, Any] = {"sight": sight, "submission": sight.submission}
    if click is None:
        return render(request, "submissions/extension_ask.html", {**context, "why_not": domain.NOT_NOW})
    initial = {"step": click.step.value, "until": click.until}
    form = AskForm(
        request.POST if "until_0" in request.POST else None, dates=dates, today=sight.today, initial=initial
    )
    given: dict[str, Any] = {"step": click.step, "until": click.until, "why": ""}
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
    if request.method == "POST" and not form.errors:
        try:
            asked = domain.ask(sight.submission, **given, by=sight.person, now=sight.now)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("submission_extensions", pk)
        if asked.asked_at == sight.now:
            messages.success(request, "HQ has your request. You can still change the date or say why.")
        else:
            messages.info(request, "HQ has a request for this step already. You can still change it.")
        return redirect("extension_request", asked.pk)
    return render(request, "submissions/extension_ask.html", {**context, "form": form})


@require_safe
def extensions(request: HttpRequest) -> HttpResponse:
    """HQ's list of requests; a hub's people see their schools'."""
    places = places_in(request)
    is_hq = Role.HQ_ADMIN in places.hq
    if not is_hq and not places.roles & HUB:
        raise PermissionDenied
    rows = pages.requests_visible_to(places)
    state = "answered" if request.GET.get("state") == "answered" else "waiting"
    waiting = rows.filter(answered_at=None)
    shown = waiting if state == "waiting" else rows.filter(answered_at__isnull=False).order_by("-answered_at")
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"label": label, "url": f"{reverse('extensions')}?state={name}", "active": name == state}
        for label, name in (("Waiting for HQ", "waiting"), ("Answered", "answered"))
    ]
    context = {"page": page, "state": state, "tabs": tabs, "is_hq": is_hq}
    return render(request, "submissions/extension_requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def extension_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: the hub leader changes it or takes it back, HQ gives the date."""
    asked, sight = _load(request, pk)
    if request.method == "POST" and not (sight.is_hq or sight.leads_hub):
        raise PermissionDenied
    form = _form(request, asked, sight)
    if form is not None and request.method == "POST" and form.is_valid():
        until, why = form.cleaned_data["until"], form.cleaned_data["why"]
        verb = partial(domain.grant, answer=why) if sight.is_hq else partial(domain.change, why=why)
        try:
            verb(asked, until=until, by=sight.person, now=sight.now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            given = "The school has its new date. We’ve told it and its hub leader."
            messages.success(request, given if sight.is_hq else "Your request is changed.")
            return redirect("extensions") if sight.is_hq else redirect("extension_request", pk)
    return _page(request, asked, sight, form=form)


@require_POST
def extension_decline(request: HttpRequest, pk: int) -> HttpResponse:
    asked, sight = _load(request, pk)
    if not sight.is_hq:
        raise PermissionDenied
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, sight, form=_form(request, asked, sight, fresh=True), decline=form)
    answer = form.cleaned_data["answer"]
    if attempt(request, partial(domain.decline, asked, answer=answer, by=sight.person, now=sight.now)):
        messages.success(request, "The request is declined. We’ve told the school and its hub leader.")
    return redirect("extensions")


@require_POST
def extension_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    asked, sight = _load(request, pk)
    if not sight.leads_hub:
        raise PermissionDenied
    if attempt(request, partial(domain.take_back, asked, by=sight.person, now=sight.now)):
        messages.success(request, "You’ve taken the request back.")
    return redirect("submission_extensions", sight.submission.pk)


def _load(request: HttpRequest, pk: int) -> tuple[ExtensionRequest, Sight]:
    asked = get_object_or_404(pages.requests_visible_to(places_in(request)), pk=pk)
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    submission = asked.submission
    held = places_in(request).towards(submission.school_id, submission.hub_id)
    return asked, Sight(submission, person, held, clock.now())


def _form(
    request: HttpRequest, asked: ExtensionRequest, sight: Sight, *, fresh: bool = False
) -> ChangeForm | None:
    """HQ's answer or the hub leader's change; nothing once it is answered."""
    if asked.answered_at is not None or not (sight.is_hq or sight.leads_hub):
        return None
    kind = AnswerForm if sight.is_hq else ChangeForm
    until: date = asked.until
    return kind(
        None if fresh else (request.POST or None),
        dates=dates_of(asked.submission),
        today=sight.today,
        step=Step(asked.step),
        initial={"until": until, "why": "" if sight.is_hq else asked.why},
    )


def _page(
    request: HttpRequest,
    asked: ExtensionRequest,
    sight: Sight,
    *,
    form: ChangeForm | None,
    decline: DeclineForm | None = None,
) -> HttpResponse:
    own = dates_of(asked.submission).get(Step(asked.step))
    waits = asked.answered_at is None
    context = {
        "asked": asked,
        "sight": sight,
        "submission": asked.submission,
        "own": own,
        "form": form,
        "decline": decline or (DeclineForm() if waits and sight.is_hq else None),
        "all_forms": [one for one in (form, decline) if one is not None],
        "warnings": warnings(asked.submission, Step(asked.step), asked.until)
        if waits and sight.is_hq
        else [],
        "people": pages.told(asked.submission),
    }
    return render(request, "submissions/extension_request.html", context)
