"""Settling a case: a form, a page that says what will happen (on money too) and to whom, then the deed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Invitation, User
from psqm_portal.core import clock, drafts, sendings
from psqm_portal.core.machine import Refused
from submissions.domain import outcomes as domain
from submissions.forms import cases as forms
from submissions.models import Case
from submissions.pages import outcomes as pages
from submissions.pages.cases import WAYS, ways
from submissions.pages.sight import Sight, places_in
from submissions.views.cases import load_case

FORMS: dict[str, Callable[..., forms.OutcomeForm]] = {
    "answer": forms.OutcomeForm,
    "hand-over": forms.HandOverForm,
    "move-hub": forms.MoveHubForm,
    "extend": forms.ExtendForm,
    "defer": forms.DeferForm,
    "withdraw": forms.ReasonedForm,
    "replace-leader": forms.ReplaceLeaderForm,
}
VERBS: dict[str, Callable[..., Any]] = {
    "answer": domain.answer,
    "hand-over": domain.hand_over,
    "move-hub": domain.move_hub,
    "extend": domain.extend,
    "defer": domain.defer,
    "withdraw": domain.withdraw,
    "replace-leader": domain.replace_leader,
}
BUTTONS = {
    "answer": "Send the answer and settle it",
    "hand-over": "Hand over the work",
    "move-hub": "Move the school",
    "extend": "Give the school this date",
    "defer": "Defer the school",
    "withdraw": "Withdraw the school",
    "replace-leader": "Replace the hub leader",
}
FINAL = {"defer", "withdraw", "replace-leader"}
NOT_GIVEN = {"csrfmiddlewaretoken", sendings.FIELD, drafts.FIELD, "confirmed", "change"}


@require_http_methods(["GET", "HEAD", "POST"])
def case_outcome(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    case = load_case(request, pk, hq_only=True)
    way = next((one for one in WAYS if one.slug == slug), None)
    offered = {one.slug: one for one in ways(case)}
    if way is None or slug not in offered:
        raise Http404
    context: dict[str, Any] = {"case": case, "way": way, "slug": slug}
    if not case.is_open or offered[slug].why_not:
        why_not = offered[slug].why_not if case.is_open else "This case is settled already."
        return render(request, "submissions/case_outcome.html", {**context, "why_not": why_not})
    sight = _sight(request, case)
    more = {"today": sight.today} if slug == "extend" else {}
    form = FORMS[slug](request.POST or None, case=case, **more)
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        given = form.cleaned_data
        if (sentence := pages.why_not(case, slug, given, sight)) is not None:
            form.add_error(None, sentence)
        elif "confirmed" not in request.POST:
            return render(
                request,
                "submissions/case_confirm.html",
                context | _effects(request, sight, case, slug, given),
            )
        elif (done := _done(request, case, slug, form, sight)) is not None:
            return done
    return render(request, "submissions/case_outcome.html", {**context, "form": form})


def _sight(request: HttpRequest, case: Case) -> Sight:
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    submission = case.submission
    held = places_in(request).hq
    return Sight(submission, person, held, clock.now())  # type: ignore[arg-type]  # a hub's case asks none of it


def _effects(
    request: HttpRequest, sight: Sight, case: Case, slug: str, given: dict[str, Any]
) -> dict[str, Any]:
    return {
        "happens": pages.happens(case, slug, given, sight),
        "money": pages.money(case, slug, given),
        "warnings": pages.warned(case, slug, given),
        "people": pages.told(case, slug, given, sight.person),
        "given": given,
        "reason": given.get("reason") or given.get("why"),
        "button": BUTTONS[slug],
        "is_final": slug in FINAL,
        "hidden": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in NOT_GIVEN
            for value in values
        ],
    }


def _done(
    request: HttpRequest, case: Case, slug: str, form: forms.OutcomeForm, sight: Sight
) -> HttpResponse | None:
    """Does it and goes back to the case; None, with the reason on the form, where it isn't open any more."""
    given = dict(form.cleaned_data)
    if slug == "extend":
        given["reason"] = given.pop("why")
    try:
        made = VERBS[slug](case, **given, by=sight.person, now=sight.now)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
    invited = isinstance(made, tuple) and isinstance(made[1], Invitation)
    words = "The invitation is on its way." if invited else "It is done."
    messages.success(request, f"{words} The case is settled, and everybody named is told.")
    return redirect("case", case.pk)
