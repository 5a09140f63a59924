"""Training: a hub's sessions, who comes, the register, and how a school caught up."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hubs import queries
from hubs.domain import attending, training
from hubs.domain.gatherings import OVER, Answer, is_over
from hubs.forms.training import CatchUpForm, PeopleForm, RegisterForm, SessionForm
from hubs.models import HubRound, SessionReply, TrainingSession
from hubs.pages import training as pages
from hubs.views import gatherings as shared
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import HUB, Role
from psqm_portal.core.seen import OutOfDate, mark_of
from rounds.views.access import SignedIn, need
from schools.models import School, SchoolMembership

LOOKS_AT_HUB = HUB | {Role.HQ_ADMIN, Role.HQ_VIEWER}
RUNS_HUB = HUB | {Role.HQ_ADMIN}


def _hub_round(request: SignedIn, slug: str, round_slug: str) -> HubRound:
    rows = queries.hub_rounds_visible_to(request.user).select_related("hub", "round")
    return get_object_or_404(rows, hub__slug=slug, round__slug=round_slug)


def _session(request: SignedIn, pk: int) -> TrainingSession:
    rows = pages.with_counts(queries.sessions_visible_to(request.user))
    found: TrainingSession = get_object_or_404(
        rows.select_related("hub_round__hub", "hub_round__round"), pk=pk
    )
    return found


def _run(request: SignedIn, pk: int) -> TrainingSession:
    session = _session(request, pk)
    need(request, "hubs.train", session.hub_round)
    return session


def _school(request: SignedIn, session: TrainingSession, pk: int) -> School:
    """A school of the session that a person looks after."""
    return get_object_or_404(training.schools_for(request.user, session.hub_round), pk=pk)


@require_safe
def hub_training(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    context = {
        "hub_round": row,
        "hub": row.hub,
        "round": row.round,
        "training": pages.of_hub(request.user, row, today=london_day(now())),
        "may_train": request.user.has_perm("hubs.train", row),
    }
    return render(request, "hubs/training/hub.html", context)


@require_safe
def session_page(request: SignedIn, pk: int) -> HttpResponse:
    session = _session(request, pk)
    hub_round, moment = session.hub_round, now()
    roles = queries.roles_towards(request.user, hub_round.hub)
    context = {
        "session": session,
        "gathering": session,
        "hub": hub_round.hub,
        "round": hub_round.round,
        "face": training.face_of(session),
        "page": pages.of_session(request.user, session, sees_hub=bool(roles & LOOKS_AT_HUB)),
        "materials": session.materials.select_related("file"),
        "sees_hub": bool(roles & LOOKS_AT_HUB),
        "may_train": bool(roles & RUNS_HUB),
        "is_over": is_over(session, moment),
        "has_begun": session.held_on <= london_day(moment) and not session.called_off_at,
    }
    return render(request, "hubs/training/session.html", context)


def _trainable(request: SignedIn, slug: str, round_slug: str, step: str) -> HubRound:
    row = _hub_round(request, slug, round_slug)
    if step not in training.STEPS[row.training]:
        raise Http404
    need(request, "hubs.train", row)
    return row


@require_http_methods(["GET", "HEAD", "POST"])
def session_edit(request: SignedIn, slug: str, round_slug: str, step: str) -> HttpResponse:
    row = _trainable(request, slug, round_slug, step)
    session = TrainingSession.objects.filter(hub_round=row, step=step).first()
    form = SessionForm(request.POST or None, instance=session)
    name = training.name_of(row.training, step)
    if request.method == "POST" and form.is_valid():
        try:
            made = training.set_session(row, step, **form.cleaned_data, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{name} is saved. Reminders go by its date.")
            return redirect("session_page", made.pk)
    context = {"hub_round": row, "form": form, "name": name, "session": session}
    return render(request, "hubs/training/session_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def session_call_off(request: SignedIn, pk: int) -> HttpResponse:
    session = _run(request, pk)
    return shared.call_off(
        request,
        session,
        training.face_of(session),
        lambda reason: training.call_off(session, reason, by=request.user, now=now()),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def session_material_new(request: SignedIn, pk: int) -> HttpResponse:
    session = _run(request, pk)
    return shared.material_new(request, session, training.face_of(session))


@require_http_methods(["GET", "HEAD", "POST"])
def session_material_remove(request: SignedIn, pk: int, material_pk: int) -> HttpResponse:
    session = _run(request, pk)
    return shared.material_remove(request, session, training.face_of(session), material_pk)


@require_http_methods(["GET", "HEAD", "POST"])
def session_reply(request: SignedIn, pk: int, school_pk: int) -> HttpResponse:
    """Who comes from a school; its own people say it, or the hub's for them."""
    session = _session(request, pk)
    own = training.own_schools(request.user, session.hub_round).filter(pk=school_pk).first()
    if own is None:
        need(request, "hubs.train", session.hub_round)
    school = own or _school(request, session, school_pk)
    replies = list(session.replies.filter(school=school))
    standing = training.standing(replies)
    form = PeopleForm(
        request.POST if request.method == "POST" else None,
        coming=[one for one in replies if one.answer != Answer.NOT_COMING],
        me=str(request.user) if own and not replies else "",
        standing=standing,
    )
    if request.method == "POST" and _is_answered(request, session, school, form):
        messages.success(request, _said(session, school))
        return redirect("session_page", session.pk)
    context = {
        "session": session,
        "gathering": session,
        "school": school,
        "form": form,
        "face": training.face_of(session),
        "why_not": _why_not(session),
        "has_replied": bool(replies),
        "members": SchoolMembership.objects.current().filter(school=school).select_related("user"),
    }
    return render(request, "hubs/training/reply.html", context)


def _is_answered(request: SignedIn, session: TrainingSession, school: School, form: PeopleForm) -> bool:
    """The answer is saved, or the form says why it isn't."""
    is_nobody = "nobody" in request.POST
    if not form.is_valid() and not is_nobody:
        return False
    guests = [] if is_nobody else form.guests
    if not guests and not is_nobody:
        form.add_error(None, "Enter who comes, or say that nobody can.")
        return False
    try:
        training.answer(session, school, guests, by=request.user, now=now(), seen=form.seen)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    except OutOfDate:
        rows = list(session.replies.filter(school=school))
        form.data = {**form.data.dict(), "seen": mark_of(training.standing(rows))}  # type: ignore[attr-defined]
        names = ", ".join(one.name for one in rows if one.answer != Answer.NOT_COMING) or "nobody"
        form.add_error(
            None,
            f"Somebody saved other names while you were writing. Coming now: {names}. "
            "Look at your list and save it again.",
        )
    else:
        return True
    return False


def _why_not(session: TrainingSession) -> str:
    if session.called_off_at:
        return "This session was called off."
    return OVER if is_over(session, now()) else ""


def _said(session: TrainingSession, school: School) -> str:
    answers = list(session.replies.filter(school=school).values_list("answer", flat=True))
    coming, waiting = answers.count(Answer.COMING), answers.count(Answer.WAITING)
    if not coming + waiting:
        return "Thank you for telling us that nobody can come."
    if waiting:
        return f"Saved. Places: {coming}, on the waiting list: {waiting}. We write when a place comes free."
    return "Saved. We look forward to seeing you."


@require_http_methods(["GET", "HEAD", "POST"])
def session_register(request: SignedIn, slug: str, round_slug: str, step: str) -> HttpResponse:
    row = _trainable(request, slug, round_slug, step)
    session = get_object_or_404(
        TrainingSession.objects.select_related("hub_round__hub", "hub_round__round"),
        hub_round=row,
        step=step,
    )
    form = RegisterForm(
        request.POST if request.method == "POST" else None,
        groups=pages.register_groups(request.user, session),
    )
    if request.method == "POST" and form.is_valid():
        try:
            training.save_register(session, form.marks, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The register is saved.")
            return redirect("session_page", session.pk)
    context: dict[str, Any] = {
        "gathering": session,
        "form": form,
        "face": training.face_of(session),
        "can_begin": session.held_on <= london_day(now()) and not session.called_off_at,
    }
    return render(request, "hubs/training/register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def session_catch_up(request: SignedIn, pk: int, school_pk: int) -> HttpResponse:
    session = _run(request, pk)
    school = _school(request, session, school_pk)
    known = session.catch_ups.filter(school=school).first()
    if request.method == "POST" and "forget" in request.POST and known is not None:
        training.forget_catch_up(known, by=request.user, now=now())
        messages.success(request, f"{school} still has to make up for this session.")
        return redirect("session_page", session.pk)
    form = CatchUpForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        try:
            training.catch_up(session, school, **form.cleaned_data, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{school} has made up for this session.")
            return redirect("session_page", session.pk)
    context = {"form": form, "school": school, "known": known, "face": training.face_of(session)}
    return render(request, "hubs/training/catch_up.html", context)


def _certified(request: SignedIn, session: TrainingSession) -> list[SessionReply]:
    """Who came, of the schools whose certificates a person may have."""
    hub_round = session.hub_round
    schools = training.own_schools(request.user, hub_round)
    if request.user.has_perm("hubs.train", hub_round):
        schools = School.objects.filter(
            pk__in=[
                *schools.values_list("pk", flat=True),
                *training.schools_for(request.user, hub_round).values_list("pk", flat=True),
            ]
        )
    elif not schools:
        raise PermissionDenied
    return list(
        session.replies.filter(came=True, school__in=schools.order_by())
        .select_related("school")
        .order_by("name", "id")
    )


@require_safe
def session_certificates(request: SignedIn, pk: int) -> HttpResponse:
    session = _session(request, pk)
    people = _certified(request, session)
    sheets = attending.session_sheets(session, people)
    return shared.certificates_file(request, training.face_of(session), sheets)


@require_safe
def session_certificate(request: SignedIn, pk: int, reply_pk: int) -> HttpResponse:
    session = _session(request, pk)
    people = [one for one in _certified(request, session) if one.pk == reply_pk]
    sheets = attending.session_sheets(session, people)
    return shared.certificates_file(request, training.face_of(session), sheets)
