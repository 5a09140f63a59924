from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from submissions.domain.levels import suggested_level
from submissions.domain.machine import submission_machine
from submissions.forms.moves import ReasonForm
from submissions.forms.work import LevelForm
from submissions.models import AuditEntry
from submissions.pages.history import WORDS
from submissions.pages.sight import Sight, load

LEVEL_MOVES = ["propose_level", "confirm_level", "return_level"]


@require_http_methods(["GET", "HEAD", "POST"])
def submission_level(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a level, or ask to change a confirmed one."""
    sight = load(request, pk)
    if request.method != "POST":
        return _page(request, sight)
    if Role.SUBJECT_LEADER not in sight.roles:
        raise PermissionDenied
    form = _form(sight, request.POST)
    if not form.is_valid():
        return _page(request, sight, form=form)
    level = form.cleaned_data["level"]
    try:
        submission_machine.perform(
            sight.submission,
            "propose_level",
            by=sight.person,
            now=sight.now,
            reason=form.cleaned_data.get("reason", ""),
            level=level,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, sight, form=form)
    messages.success(request, f"You proposed {level}. Your hub leader will confirm it or tell you why not.")
    return redirect("submission", sight.submission.pk)


@require_POST
def level_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The hub leader confirms the level (``answer=confirm``) or returns it with a reason."""
    sight = load(request, pk)
    if not sight.leads_hub:
        raise PermissionDenied
    proposed = sight.submission.proposed_level
    confirms = request.POST.get("answer") == "confirm"
    form = ReasonForm(request.POST, label="What the school should think about")
    if not confirms and not form.is_valid():
        return _page(request, sight, answer=form)
    action, reason = ("confirm_level", "") if confirms else ("return_level", form.cleaned_data["reason"])
    try:
        submission_machine.perform(sight.submission, action, by=sight.person, now=sight.now, reason=reason)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("submission_level", sight.submission.pk)
    school = sight.submission.school
    told = f"You confirmed {proposed}." if confirms else "You returned the level."
    messages.success(request, f"{told} We've told {school}’s subject leaders.")
    return redirect("submission", sight.submission.pk)


def _form(sight: Sight, data: Any = None) -> LevelForm:
    submission = sight.submission
    suggested = suggested_level(submission)
    levels = submission.round.framework.levels.all()
    hints = {suggested.pk: "Your audit points to this level"} if suggested else {}
    if submission.target_level_id:
        hints[submission.target_level_id] = "Your level now"
    chosen = submission.target_level or suggested
    return LevelForm(
        data,
        levels=levels,
        is_change=submission.target_level_id is not None,
        hints=hints,
        initial={"level": chosen.pk if chosen else None},
    )


def _page(
    request: HttpRequest, sight: Sight, *, form: LevelForm | None = None, answer: ReasonForm | None = None
) -> HttpResponse:
    submission = sight.submission
    offers = {
        offer.action: offer for offer in submission_machine.offers(submission, by=sight.person, now=sight.now)
    }
    counts = Counter(submission.audit.values_list("rating", flat=True))
    entries = HistoryEntry.objects.filter(
        machine="submission", subject_id=submission.pk, action__in=LEVEL_MOVES
    ).select_related("by")
    propose = offers.get("propose_level")
    context = {
        "sight": sight,
        "submission": submission,
        "suggested": suggested_level(submission),
        "ratings": [(rating.label, counts[rating.value]) for rating in AuditEntry.Rating],
        "unrated": counts[None],
        "propose": propose,
        "confirm": offers.get("confirm_level"),
        "level_form": form or (_form(sight) if propose and propose.is_open else None),
        "answer_form": answer or ReasonForm(label="What the school should think about"),
        "form": form or answer,
        "history": [
            {"title": WORDS[entry.action], "entry": entry} for entry in entries.order_by("-at", "-id")
        ],
    }
    return render(request, "submissions/level.html", context)
