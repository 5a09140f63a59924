"""The public form, page by page. Answers wait in the session until "check your answers" sends them."""

from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.queries import hq_roles
from hubs import queries, slots
from hubs.domain.registrations import register as take_registration
from hubs.forms.register import FindSchoolForm, NewSchoolForm, PaymentForm, PeopleForm, RoundForm
from hubs.models import Registration
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import School

KEY = "registration"
FOUND = 20
# Sent registrations of one address in an hour; a school or a hub leader sends one or a few.
MOST_SENT, WINDOW = 10, 3600


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


def _keep(request: HttpRequest, **answers: Any) -> None:
    request.session[KEY] = {**_answers(request), **answers}


def _round(request: HttpRequest) -> Round | None:
    found: Round | None = _rounds(request).filter(pk=_answers(request).get("round")).first()
    return found


def _school(request: HttpRequest) -> School | None:
    """The chosen one, or an unsaved one from what was typed."""
    answers = _answers(request)
    if answers.get("school_id"):
        return School.objects.filter(pk=answers["school_id"], is_open=True).first()
    if typed := answers.get("school"):
        return School(**{**typed, "urn": typed["urn"] or None})
    return None


# Schools have no account before they take part; these pages show nothing about anybody.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    rounds = _rounds(request)
    form = RoundForm(request.POST or None, rounds=rounds, initial={"round": _answers(request).get("round")})
    if request.method == "POST" and form.is_valid():
        _keep(request, round=form.cleaned_data["round"].pk)
        return redirect(_next(request, "register_school"))
    offered = [{"round": round_, "fee": slots.fee(round_, None)} for round_ in rounds]
    return render(
        request, "hubs/register/start.html", {"form": form, "offered": offered, "by_hq": _admin(request)}
    )


def _next(request: HttpRequest, name: str) -> str:
    """After a change from "check your answers" people go back there, once everything is answered."""
    return "register_check" if request.GET.get("change") and _missing(request) is None else name


# Public, as above.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register_school(request: HttpRequest) -> HttpResponse:
    """Finds a school among the known ones; names and postcodes of schools are public."""
    if _round(request) is None:
        return redirect("register")
    if request.method == "POST":
        chosen = School.objects.filter(pk=_number(request.POST.get("school")), is_open=True).first()
        if chosen is not None:
            _keep(request, school_id=chosen.pk, school=None)
            return redirect(_next(request, "register_people"))
    form = FindSchoolForm(request.GET or None)
    words = str(request.GET.get("q", "")).strip()[:100]
    context = {
        "form": form,
        "q": words,
        "found": find_schools(words),
        "not_chosen": request.method == "POST",
        "chosen": _answers(request).get("school_id"),
    }
    return render(request, "hubs/register/school.html", context)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0


def find_schools(words: str) -> list[School]:
    """By URN, or by every word in name, town or postcode."""
    if len(words) < 3:
        return []
    if words.isdecimal():
        return list(School.objects.filter(urn=words, is_open=True))
    wanted, squeezed = Q(), words.replace(" ", "").upper()
    for word in words.split()[:8]:
        wanted &= Q(name__icontains=word) | Q(postcode__icontains=word) | Q(town__icontains=word)
    if 5 <= len(squeezed) <= 7:
        wanted |= Q(postcode__iexact=f"{squeezed[:-3]} {squeezed[-3:]}")
    return list(School.objects.filter(wanted, is_open=True).order_by("name", "id")[:FOUND])


# Public, as above.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register_new_school(request: HttpRequest) -> HttpResponse:
    if _round(request) is None:
        return redirect("register")
    form = NewSchoolForm(request.POST or None, initial=_answers(request).get("school"))
    if request.method == "POST" and form.is_valid():
        _keep(request, school_id=None, school=form.cleaned_data)
        return redirect(_next(request, "register_people"))
    return _page(request, form, "Your school", "register_school")


# Public, as above.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register_people(request: HttpRequest) -> HttpResponse:
    if _school(request) is None:
        return redirect("register_school")
    form = PeopleForm(request.POST or None, initial=_answers(request).get("people"))
    if request.method == "POST" and form.is_valid():
        _keep(request, people=form.cleaned_data)
        return redirect(_next(request, "register_payment"))
    return _page(request, form, "The people", "register_school")


# Public, as above.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register_payment(request: HttpRequest) -> HttpResponse:
    if not _answers(request).get("people"):
        return redirect("register_people")
    form = PaymentForm(request.POST or None, initial=_answers(request).get("payment"))
    if request.method == "POST" and form.is_valid():
        _keep(request, payment=form.cleaned_data)
        return redirect("register_check")
    return _page(request, form, "Who pays", "register_people")


def _page(request: HttpRequest, form: Any, title: str, back: str) -> HttpResponse:
    return render(request, "hubs/register/page.html", {"form": form, "title": title, "back": back})


def _missing(request: HttpRequest) -> str | None:
    """The page that still has to be filled in."""
    answers = _answers(request)
    if _round(request) is None:
        return "register"
    if _school(request) is None:
        return "register_school"
    return next((f"register_{name}" for name in ("people", "payment") if not answers.get(name)), None)


# Public, as above.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register_check(request: HttpRequest) -> HttpResponse:
    if (missing := _missing(request)) is not None:
        return redirect(missing)
    round_, school, answers = _round(request), _school(request), _answers(request)
    assert round_ is not None  # noqa: S101 - _missing has just looked
    assert school is not None  # noqa: S101 - as above
    details = {**answers["people"], **answers["payment"]}
    error = ""
    if request.method == "POST":
        by = _admin(request)
        if request.POST.get("website"):  # a person doesn't see this field
            del request.session[KEY]
            return redirect("register_done")
        if by is None and not _may_send(request):
            error = "Too many registrations came from your network. Try again in an hour, or write to us."
            return _check_page(request, round_, school, details, error=error, status=429)
        try:
            made = take_registration(round_, school, details, by=by, now=now())
        except Refused as refusal:
            error = str(refusal)
        else:
            del request.session[KEY]
            request.session["registered"] = {"school": str(made.school), "round": str(made.round)}
            return redirect("registration", made.pk) if by else redirect("register_done")
    return _check_page(request, round_, school, details, error=error)


def _check_page(
    request: HttpRequest,
    round_: Round,
    school: School,
    details: dict[str, Any],
    *,
    error: str,
    status: int = 200,
) -> HttpResponse:
    context = {
        "round": round_,
        "school": school,
        "details": details,
        "payer": Registration.Payer(details["payer"]).label,
        "fee": slots.fee(round_, school),
        "error": error,
    }
    return render(request, "hubs/register/check.html", context, status=status)


def _may_send(request: HttpRequest) -> bool:
    """Counts and looks in one step, so that many at once can't all be the tenth."""
    key = f"register:{_line(get_adapter().get_client_ip(request))}"
    for _ in range(2):
        if cache.add(key, 1, WINDOW):
            return True
        with suppress(ValueError):  # the hour ended between the two: the next one begins
            return cache.incr(key) <= MOST_SENT
    return False


def _line(address: str) -> str:
    """Whose line it is: one household or school has a whole network of the newer addresses (IPv6)."""
    where = ip_address(address)
    return address if where.version == 4 else str(ip_network((address, 64), strict=False))


# Public, as above.
@login_not_required
@require_safe
def register_done(request: HttpRequest) -> HttpResponse:
    return render(request, "hubs/register/done.html", {"registered": request.session.get("registered")})
