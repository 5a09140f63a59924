"""HQ's meetings for hub leaders."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import hq_roles
from hubs.domain import attending
from hubs.domain import meetings as domain
from hubs.domain.gatherings import Answer, coming_first, is_over
from hubs.forms.training import AnswerForm, MeetingForm, RegisterForm
from hubs.models import LeaderMeeting, MeetingReply
from hubs.pages import training as pages
from hubs.views import gatherings as shared
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.views.access import SignedIn, need


def _sees(request: SignedIn) -> frozenset[Role]:
    """HQ's admins and viewers, and hub leaders; what of HQ a person is."""
    roles = hq_roles(request.user) & {Role.HQ_ADMIN, Role.HQ_VIEWER}
    if not roles and not domain.leaders().filter(pk=request.user.pk).exists():
        raise PermissionDenied
    return roles


def _meeting(request: SignedIn, pk: int) -> LeaderMeeting:
    rows = pages.with_counts(domain.meetings_visible_to(request.user))
    found: LeaderMeeting = get_object_or_404(rows, pk=pk)
    return found


def _run(request: SignedIn, pk: int) -> LeaderMeeting:
    meeting = _meeting(request, pk)
    need(request, "hubs.change_hub")
    return meeting


@require_safe
def leader_meetings(request: SignedIn) -> HttpResponse:
    roles, today = _sees(request), london_day(now())
    rows = list(pages.with_counts(domain.meetings_visible_to(request.user)))
    mine = dict(
        MeetingReply.objects.filter(user=request.user, meeting__in=rows).values_list("meeting_id", "answer")
    )
    for row in rows:
        row.mine = mine.get(row.pk)
    context = {
        "ahead": [row for row in rows if row.held_on >= today],
        "past": [row for row in reversed(rows) if row.held_on < today],
        "is_hq": bool(roles),
        "may_change": Role.HQ_ADMIN in roles,
    }
    return render(request, "hubs/meetings/meetings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_new(request: SignedIn) -> HttpResponse:
    need(request, "hubs.change_hub")
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_edit(request: SignedIn, pk: int) -> HttpResponse:
    return _edit(request, _run(request, pk))


def _edit(request: SignedIn, meeting: LeaderMeeting | None) -> HttpResponse:
    form = MeetingForm(request.POST or None, instance=meeting)
    if request.method == "POST" and form.is_valid():
        # The form has written into its own row: what stands is asked for again.
        held = LeaderMeeting.objects.get(pk=meeting.pk) if meeting else None
        try:
            made = domain.set_meeting(held, **form.cleaned_data, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} is saved.")
            return redirect("leader_meeting", made.pk)
    return render(request, "hubs/meetings/edit.html", {"form": form, "meeting": meeting})


@require_safe
def leader_meeting(request: SignedIn, pk: int) -> HttpResponse:
    return _page(request, _meeting(request, pk), None)


def _page(request: SignedIn, meeting: LeaderMeeting, form: AnswerForm | None) -> HttpResponse:
    roles, moment = hq_roles(request.user), now()
    is_hq = bool(roles & {Role.HQ_ADMIN, Role.HQ_VIEWER})
    mine = meeting.replies.filter(user=request.user).first()
    leads = domain.leaders().filter(pk=request.user.pk).exists()
    context: dict[str, Any] = {
        "meeting": meeting,
        "gathering": meeting,
        "face": domain.face_of(meeting),
        "is_hq": is_hq,
        "may_train": Role.HQ_ADMIN in roles,
        "mine": mine,
        "form": form or AnswerForm(initial={"needs": mine.needs if mine else ""}),
        "may_answer": leads and not meeting.called_off_at and not is_over(meeting, moment),
        "replies": coming_first(meeting.replies.all()) if is_hq else [],
        "not_answered": domain.not_answered(meeting) if is_hq else [],
        "materials": meeting.materials.select_related("file"),
        "is_over": is_over(meeting, moment),
        "has_begun": meeting.held_on <= london_day(moment) and not meeting.called_off_at,
    }
    context["has_names"] = any(one.came for one in context["replies"])
    context["waiting"] = [one for one in context["replies"] if one.answer == Answer.WAITING]
    return render(request, "hubs/meetings/meeting.html", context)


@require_POST
def leader_meeting_reply(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            made = domain.reply(
                meeting,
                is_coming=request.POST.get("answer") != "no",
                needs=form.cleaned_data["needs"],
                by=request.user,
                now=now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SAID[Answer(made.answer)])
            return redirect("leader_meeting", pk)
    return _page(request, meeting, form)


SAID = {
    Answer.COMING: "You have a place. We look forward to seeing you.",
    Answer.WAITING: "All places are taken, so you’re on the waiting list. We write when one comes free.",
    Answer.NOT_COMING: "Thank you for telling us that you can’t come.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_invite(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _run(request, pk)
    if request.method == "POST":
        try:
            told = domain.invite(meeting, by=request.user, now=now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            people = "hub leader" if len(told) == 1 else "hub leaders"
            messages.success(request, f"We’re writing to {len(told)} {people}.")
        return redirect("leader_meeting", pk)
    names = [str(one) for one in domain.not_yet_invited(meeting)]
    return render(request, "hubs/meetings/invite.html", {"meeting": meeting, "people": names})


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_call_off(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _run(request, pk)
    return shared.call_off(
        request,
        meeting,
        domain.face_of(meeting),
        lambda reason: domain.call_off(meeting, reason, by=request.user, now=now()),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_material_new(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _run(request, pk)
    return shared.material_new(request, meeting, domain.face_of(meeting))


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_material_remove(request: SignedIn, pk: int, material_pk: int) -> HttpResponse:
    meeting = _run(request, pk)
    return shared.material_remove(request, meeting, domain.face_of(meeting), material_pk)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_meeting_register(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _run(request, pk)
    form = RegisterForm(
        request.POST if request.method == "POST" else None,
        groups=[pages.meeting_group(meeting, domain.leaders())],
        names=False,
    )
    if request.method == "POST" and form.is_valid():
        marks = {int(parts[1]): came for parts, came in form.changes()}
        try:
            domain.save_register(meeting, marks, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The register is saved.")
            return redirect("leader_meeting", pk)
    context = {
        "gathering": meeting,
        "form": form,
        "face": domain.face_of(meeting),
        "can_begin": meeting.held_on <= london_day(now()) and not meeting.called_off_at,
    }
    return render(request, "hubs/training/register.html", context)


def _certified(request: SignedIn, meeting: LeaderMeeting) -> list[MeetingReply]:
    """Everybody's for HQ's admins, else one's own."""
    rows = meeting.replies.filter(came=True).order_by("name", "id")
    return list(rows if Role.HQ_ADMIN in hq_roles(request.user) else rows.filter(user=request.user))


@require_safe
def leader_meeting_certificates(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    sheets = attending.meeting_sheets(meeting, _certified(request, meeting))
    return shared.certificates_file(request, domain.face_of(meeting), sheets)


@require_safe
def leader_meeting_certificate(request: SignedIn, pk: int, reply_pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    people = [one for one in _certified(request, meeting) if one.pk == reply_pk]
    return shared.certificates_file(
        request, domain.face_of(meeting), attending.meeting_sheets(meeting, people)
    )
