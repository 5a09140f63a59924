"""To HQ: raising a case, HQ's list, a case's page, and looking after it. Settling is in ``outcomes``."""

from collections.abc import Callable
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
from hubs.queries import visible_to as hubs_visible_to
from psqm_portal.core import clock
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import HUB, SCHOOL, Role
from submissions.domain import cases as domain
from submissions.domain.case_machine import TIME_TO_SETTLE
from submissions.forms.cases import CaseFilterForm, CaseForm, DueForm, NoteForm, OwnerForm
from submissions.forms.moves import ReasonForm
from submissions.models import Case
from submissions.pages import cases as pages
from submissions.pages.sight import attempt, load, places_in

PER_PAGE = 50
RAISES = SCHOOL | HUB | {Role.HQ_ADMIN}


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """HQ's list; who raised some finds their own."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    if not places.roles & RAISES:
        raise PermissionDenied
    is_hq, today = Role.HQ_ADMIN in places.hq, clock.london_day(clock.now())
    form = CaseFilterForm(request.GET or None)
    if not is_hq:
        del form.fields["whose"]
    rows = pages.narrowed(pages.visible_to(places, person), form.chosen, person, today)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "filter": form,
        "is_hq": is_hq,
        "today": today,
        "is_filtered": any(form.chosen.values()),
        "closed": form.chosen.get("state") == "closed",
    }
    return render(request, "submissions/cases.html", context)


@require_safe
def case_start(request: HttpRequest) -> HttpResponse:
    """What it is about: one of one's schools or hubs; for HQ, of the hub leader it talks with."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    if not places.roles & RAISES:
        raise PermissionDenied
    about = person
    if Role.HQ_ADMIN in places.hq and request.GET.get("leader", "").isdecimal():
        about = get_object_or_404(User, pk=request.GET["leader"])
    hubs, schools = pages.subjects_of(about)
    return render(request, "submissions/case_start.html", {"hubs": hubs, "schools": schools})


@require_http_methods(["GET", "HEAD", "POST"])
def case_new(request: HttpRequest, pk: int) -> HttpResponse:
    """About one school's work; everybody who talks in its conversation can tell HQ, and HQ itself."""
    sight = load(request, pk)
    if not sight.roles & RAISES:
        raise PermissionDenied
    submission = sight.submission
    return _new(
        request, submission, f"{submission.school}, {submission.round}", submission.get_absolute_url()
    )


@require_http_methods(["GET", "HEAD", "POST"])
def hub_case_new(request: HttpRequest, slug: str) -> HttpResponse:
    """About a hub: its leader's or a mentor's own circumstances."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    hub = get_object_or_404(hubs_visible_to(person), slug=slug)
    places = places_in(request)
    if not {role for place, role in places.hubs if place == hub.pk} and Role.HQ_ADMIN not in places.hq:
        raise PermissionDenied
    return _new(request, hub, str(hub), reverse("hub", args=[slug]))


def _new(request: HttpRequest, about: Any, title: str, back: str) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    form = CaseForm(request.POST or None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        try:
            case = domain.raise_case(about, **form.cleaned_data, by=person, now=clock.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "HQ has it. We’ll write to you when it is settled.")
            return redirect("case", case.pk)
    context = {
        "form": form,
        "title": title,
        "back": back,
        "days": TIME_TO_SETTLE.days,
        "is_hq": Role.HQ_ADMIN in places_in(request).hq,
    }
    return render(request, "submissions/case_new.html", context)


@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    return case_page(request, load_case(request, pk))


@require_POST
def case_note(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, NoteForm(request.POST), domain.note, name="note", done="The note is kept.")


@require_POST
def case_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """``mine`` takes it without choosing."""
    mine = "mine" in request.POST
    form = OwnerForm({"owner": request.user.pk} if mine else request.POST)
    done = "You look after this case now." if mine else "The case is theirs, and they have a mail."
    return _do(request, pk, form, domain.assign, name="owner", done=done)


@require_POST
def case_due(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, DueForm(request.POST), domain.set_due, name="due", done="The day is moved.")


@require_POST
def case_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReasonForm(request.POST, label="Why it is open again")
    return _do(request, pk, form, domain.reopen, name="reopen", done="The case is open again.")


def _do(
    request: HttpRequest, pk: int, form: PortalForm, verb: Callable[..., Any], *, name: str, done: str
) -> HttpResponse:
    """One of HQ's small verbs on a case; a wrong form comes back on the case's page."""
    found = load_case(request, pk, hq_only=True)
    if not form.is_valid():
        return case_page(request, found, **{name: form})
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    (value,) = form.cleaned_data.values()
    if attempt(request, partial(verb, found, value, by=person, now=clock.now())):
        messages.success(request, done)
    return redirect("case", pk)


def load_case(request: HttpRequest, pk: int, *, hq_only: bool = False) -> Case:
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    found = get_object_or_404(pages.visible_to(places, person), pk=pk)
    if hq_only and Role.HQ_ADMIN not in places.hq:
        raise PermissionDenied
    return found


def case_page(request: HttpRequest, case: Case, **forms: PortalForm) -> HttpResponse:
    is_hq = Role.HQ_ADMIN in places_in(request).hq
    today = clock.london_day(clock.now())
    context: dict[str, Any] = {
        "case": case,
        "is_hq": is_hq,
        "today": today,
        "all_forms": list(forms.values()),
    }
    if is_hq:
        context |= {
            "ways": pages.ways(case) if case.is_open else [],
            "history": pages.history(case),
            "thread": pages.last_messages(case),
            "note_form": forms.get("note") or NoteForm(),
            "owner_form": forms.get("owner") or OwnerForm(initial={"owner": case.owner_id}),
            "due_form": forms.get("due") or DueForm(initial={"due_on": case.due_on}),
            "reopen_form": forms.get("reopen") or ReasonForm(label="Why it is open again"),
        }
    return render(request, "submissions/case.html", context)
