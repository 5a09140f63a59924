"""The public form, page by page. Answers wait in the session until "check your answers" sends them.

Each page's form carries them too, signed: so they outlive a session, and two windows don't mix.
"""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.queries import hq_roles
from hubs import queries, slots
from hubs.domain.recruitment import inviting_hub
from hubs.domain.registrations import register as take_registration
from hubs.domain.registrations import why_not_round
from hubs.forms.register import (
    NewSchoolForm,
    PaymentForm,
    PeopleForm,
    RoundForm,
    SameSchoolForm,
)
from hubs.models import Registration
from hubs.pages import registering as pages
from psqm_portal.core import pace
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools import search
from schools.models import School, SchoolMembership
from schools.views.search import may_search, searched

KEY, DONE = "registration", "registered"
SALT, CARRIED_FOR = "register", 14 * 24 * 3600
MOST_SENT = 10  # in an hour, from one line: a school or a hub leader sends one or a few
TOO_OFTEN = "Too much was looked for from your network. Try again in ten minutes, or write to us."
STEPS = ["register", "register_school", "register_people", "register_payment", "register_check"]

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """Schools have no account before they take part; these pages show nothing about anybody."""

    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def public(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            _take_up(request)
        return view(request)

    return public


def _take_up(request: HttpRequest) -> None:
    """What the form carries, where the session has nothing, or another registration's answers."""
    carried, answers = _carried(request), _answers(request)
    if carried and (not answers or carried.get("key") != answers.get("key")):
        request.session[KEY] = carried


def _carried(request: HttpRequest) -> dict[str, Any]:
    try:
        found: dict[str, Any] = signing.loads(
            str(request.POST.get("carried", "")), salt=SALT, max_age=CARRIED_FOR
        )
    except signing.BadSignature:
        return {}
    return found


def _admin(request: HttpRequest) -> User | None:
    """HQ may enter a registration for a school, on the same pages."""
    user = request.user
    return user if isinstance(user, User) and Role.HQ_ADMIN in hq_roles(user) else None


def _rounds(request: HttpRequest) -> Any:
    if _admin(request):
        return Round.objects.filter(status=Round.Status.OPEN)
    return queries.taking_registrations(london_day(now()))


def _answers(request: HttpRequest) -> dict[str, Any]:
    return request.session.get(KEY, {})


def begin_for(request: HttpRequest, round_: Round, school: School, *, prospect: int | None = None) -> str:
    """A link knew the school: what is to fill in next."""
    request.session[KEY] = {"round": round_.pk, "school_id": school.pk, "prospect": prospect}
    return "register_people"


def _keep(request: HttpRequest, **answers: Any) -> None:
    kept = _answers(request)
    request.session[KEY] = {"key": kept.get("key") or secrets.token_hex(16), **kept, **answers}


def _round(request: HttpRequest) -> Round | None:
    found: Round | None = _rounds(request).filter(pk=_answers(request).get("round")).first()
    return found


def _school(request: HttpRequest) -> School | None:
    """The chosen one, or an unsaved one from what was typed."""
    answers = _answers(request)
    if answers.get("school_id"):
        return School.objects.filter(pk=answers["school_id"], is_open=True).first()
    typed = answers.get("school")
    return _typed_school(typed) if typed else None


def _typed_school(typed: dict[str, Any]) -> School:
    return School(**{**typed, "urn": typed["urn"] or None})


def _show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    answers, name = _answers(request), getattr(request.resolver_match, "url_name", "")
    step = {"register_new_school": "register_school", "register_same_school": "register_school"}.get(
        name, name
    )
    more = {
        "carried": signing.dumps(answers, salt=SALT, compress=True) if answers else "",
        "step": STEPS.index(step) + 1,
        "steps": len(STEPS),
        "by_hq": _admin(request),
    }
    return render(request, f"hubs/register/{template}.html", {**more, **context}, status=status)


@page
def register(request: HttpRequest) -> HttpResponse:
    rounds, answers = _rounds(request), _answers(request)
    offered = pages.offered(rounds)
    form = RoundForm(
        request.POST or None,
        rounds=rounds,
        hints={str(one.round.pk): one.hint for one in offered},
        initial={"round": answers.get("round") or (offered[0].round.pk if len(offered) == 1 else None)},
    )
    if request.method == "POST" and form.is_valid():
        _keep(request, round=form.cleaned_data["round"].pk)
        return _on(request, "register_school")
    is_gone = bool(answers.get("round")) and _round(request) is None
    return _show(request, "start", form=form, offered=offered, is_gone=is_gone)


def _on(request: HttpRequest, name: str) -> HttpResponse:
    """After a change from "check your answers" people go back there; before, to what is still missing."""
    if request.GET.get("change"):
        return redirect(_missing(request) or "register_check")
    return redirect(name)


def _back_to(request: HttpRequest, name: str) -> HttpResponse:
    """Something before is missing: after a session that ended, or by an address from elsewhere."""
    if not _answers(request) and request.session.get(DONE):
        return redirect("register_done")
    if not _answers(request):
        messages.info(request, "Begin here: we don’t have your answers (any more).")
    return redirect(name)


@page
def register_school(request: HttpRequest) -> HttpResponse:
    """Finds a school among the known ones; names and postcodes of schools are public."""
    if _round(request) is None:
        return _back_to(request, "register")
    answers, refused = _answers(request), None
    if request.method == "POST":
        chosen = School.objects.filter(pk=_number(request.POST.get("school")), is_open=True).first()
        refused = _why_not(request, chosen) if chosen is not None else None
        if chosen is not None and refused is None:
            return _choose(request, chosen)
    found = searched(request)
    return _show(
        request,
        "school",
        **found,
        refused=refused,
        not_chosen=request.method == "POST" and not refused,
        chosen=answers.get("school_id"),
        school=_school(request),
        changing=request.GET.get("change"),
        status=429 if found["too_often"] else 200,
    )


def _why_not(request: HttpRequest, school: School) -> str | None:
    round_ = _round(request)
    return why_not_round(round_, school) if round_ is not None and _admin(request) is None else None


def _choose(request: HttpRequest, school: School) -> HttpResponse:
    """An invitation is for its school alone."""
    answers = _answers(request)
    prospect = answers.get("prospect") if answers.get("school_id") == school.pk else None
    _keep(request, school_id=school.pk, prospect=prospect)
    return _on(request, "register_people")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0


@page
def register_new_school(request: HttpRequest) -> HttpResponse:
    if _round(request) is None:
        return _back_to(request, "register")
    typed_name = str(request.GET.get("name", "")).strip()[:200]
    form = NewSchoolForm(
        request.POST or None, initial=_answers(request).get("school") or {"name": typed_name}
    )
    if request.method == "POST" and form.is_valid():
        if not may_search(request):
            form.add_error(None, TOO_OFTEN)
            return _show(request, "new_school", form=form, status=429)
        alike = [one.pk for one in search.alike(_typed_school(form.cleaned_data))]
        _keep(request, school_id=None, prospect=None, school=form.cleaned_data, alike=alike)
        if alike:
            change = "?change=1" if request.GET.get("change") else ""
            return redirect(f"{reverse('register_same_school')}{change}")
        return _on(request, "register_people")
    return _show(request, "new_school", form=form)


@page
def register_same_school(request: HttpRequest) -> HttpResponse:
    """The school was typed in and may be known: "Is it one of these?" """
    typed = _answers(request).get("school")
    if _round(request) is None or not typed:
        return _back_to(request, "register_school")
    # Looked for once, when it was typed.
    found = School.objects.filter(is_open=True).in_bulk(_answers(request).get("alike", []))
    alike = [found[pk] for pk in _answers(request).get("alike", []) if pk in found]
    form = SameSchoolForm(request.POST or None, schools=alike)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["school"] == SameSchoolForm.NONE:
            _keep(request, school_id=None)
            return _on(request, "register_people")
        return _choose(request, next(one for one in alike if str(one.pk) == form.cleaned_data["school"]))
    return _show(request, "same_school", form=form, typed=typed)


@page
def register_people(request: HttpRequest) -> HttpResponse:
    if _round(request) is None:
        return _back_to(request, "register")
    if (school := _school(request)) is None:
        return _back_to(request, "register_school")
    form = PeopleForm(request.POST or None, initial=_answers(request).get("people") or _own(request, school))
    if request.method == "POST" and form.is_valid():
        _keep(request, people=form.cleaned_data)
        return _on(request, "register_payment")
    return _show(request, "people", form=form, school=school, round=_round(request))


def _own(request: HttpRequest, school: School) -> dict[str, str]:
    """Who is signed in and belongs to the school doesn't type their own name."""
    if not isinstance(request.user, User) or school.pk is None:
        return {}
    kinds = {
        Role.SUBJECT_LEADER: Registration.Registrant.SUBJECT_LEADER,
        Role.HEADTEACHER: Registration.Registrant.HEADTEACHER,
    }
    for role, who in kinds.items():
        mine = SchoolMembership.objects.current().filter(user=request.user, school=school, role=role.value)
        if mine.exists():
            own = {f"{who.value}_name": request.user.name, f"{who.value}_email": request.user.email}
            return {"registrant": who.value, **own}
    return {}


@page
def register_payment(request: HttpRequest) -> HttpResponse:
    round_, school = _round(request), _school(request)
    if round_ is None or school is None:
        return _back_to(request, "register" if round_ is None else "register_school")
    if not _answers(request).get("people"):
        return _back_to(request, "register_people")
    form = PaymentForm(
        request.POST or None,
        initial=_answers(request).get("payment"),
        needs_ase=round_.needs_ase_membership,
    )
    if request.method == "POST" and form.is_valid():
        _keep(request, payment=form.cleaned_data)
        return redirect(_missing(request) or "register_check")
    terms = slots.fee_terms(round_, school)
    return _show(request, "payment", form=form, school=school, round=round_, terms=terms)


def _missing(request: HttpRequest) -> str | None:
    """The page that still has to be filled in."""
    answers, round_ = _answers(request), _round(request)
    if round_ is None:
        return "register"
    if _school(request) is None:
        return "register_school"
    if not answers.get("people"):
        return "register_people"
    payment = answers.get("payment")
    if not payment or (round_.needs_ase_membership and not payment["ase_member"]):
        return "register_payment"
    return None


@page
def register_check(request: HttpRequest) -> HttpResponse:
    if (missing := _missing(request)) is not None:
        return _back_to(request, missing)
    round_, school, answers = _round(request), _school(request), _answers(request)
    assert round_ is not None  # noqa: S101 - _missing has just looked
    assert school is not None  # noqa: S101 - as above
    error, status = "", 200
    if request.method == "POST":
        by = _admin(request)
        if request.POST.get("website"):  # a person doesn't see this field
            del request.session[KEY]
            return redirect("register_done")
        if (carried := _carried(request)) and carried != answers:
            error = "Your answers have changed in another window. Look at them again before you send them."
        elif by is None and not pace.may("register", pace.line_of(request), most=MOST_SENT):
            error = "Too many registrations came from your network. Try again in an hour, or write to us."
            status = 429
        else:
            try:
                return _send(request, round_, school, by=by)
            except Refused as refusal:
                error = str(refusal)
    details = {**answers["people"], **answers["payment"]}
    return _show(
        request,
        "check",
        status=status,
        round=round_,
        offer=pages.offered([round_])[0],
        school=school,
        details=details,
        registrant=Registration.Registrant(details["registrant"]).label,
        payer=Registration.Payer(details["payer"]).label,
        country=School.Country(school.country).label,
        terms=slots.fee_terms(round_, school),
        error=error,
    )


def _send(request: HttpRequest, round_: Round, school: School, *, by: User | None) -> HttpResponse:
    answers = _answers(request)
    made = take_registration(
        round_,
        school,
        {**answers["people"], **answers["payment"]},
        by=by,
        now=now(),
        hub=inviting_hub(school, round_),
        prospect=answers.get("prospect"),
        sending=answers.get("key", ""),
    )
    del request.session[KEY]
    request.session[DONE] = pages.what_comes(made)
    return redirect("registration", made.pk) if by else redirect("register_done")


# Public, as above.
@login_not_required
@require_safe
def register_done(request: HttpRequest) -> HttpResponse:
    told = request.session.get(DONE)
    steps = pages.steps_ahead(told) if told else []
    return render(request, "hubs/register/done.html", {"registered": told, "steps": steps})
