"""Sign-off: the school sends everything, the hub leader answers on one page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Step
from submissions.domain.feedback import OPEN_IN
from submissions.domain.machine import submission_machine
from submissions.domain.part_machine import part_machine
from submissions.forms.moves import ReasonForm, ReopenPartsForm
from submissions.models import Part
from submissions.models.submission import Status
from submissions.pages.feedback import number_quotes, own_replies, threads_on, words_of_part
from submissions.pages.parts import contents_for, part_status, part_turn, people_words
from submissions.pages.sight import Sight, attempt, load
from submissions.queries import due_on, hub_people, school_people

RETURN_LABEL = "What the school should do"


@require_safe
def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything on one page; the same for the school, which checks what is ready."""
    return _page(request, load(request, pk))


@require_POST
def sign_off_send(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    if not sight.writes:
        raise PermissionDenied
    done = attempt(
        request,
        lambda: submission_machine.perform(
            sight.submission, "send_for_sign_off", by=sight.person, now=sight.now
        ),
    )
    if not done:
        return redirect("sign_off", pk)
    messages.success(
        request,
        "You sent everything for sign-off. Your hub leader reads it now; you can read it but not change it "
        "until they answer.",
    )
    return redirect("submission", pk)


@require_POST
def sign_off_whole(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign off the submission; the parts were signed off one by one."""
    sight = load(request, pk)
    if not sight.leads_hub:
        raise PermissionDenied
    done = attempt(
        request,
        lambda: submission_machine.perform(sight.submission, "sign_off", by=sight.person, now=sight.now),
    )
    if not done:
        return redirect("sign_off", pk)
    messages.success(
        request, f"You signed off {sight.submission.school}. They can submit now, and we've told them."
    )
    return redirect("submission", pk)


@require_POST
def sign_off_return(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    if not sight.leads_hub:
        raise PermissionDenied
    form = ReasonForm(request.POST, label=RETURN_LABEL)
    if not form.is_valid():
        return _page(request, sight, return_form=form)
    try:
        submission_machine.perform(
            sight.submission, "return", by=sight.person, now=sight.now, reason=form.cleaned_data["reason"]
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, sight, return_form=form)
    messages.success(request, f"You returned the submission. We've told {sight.submission.school}.")
    return redirect("submission", pk)


@require_POST
def sign_off_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    if not sight.leads_hub:
        raise PermissionDenied
    form = ReopenPartsForm(request.POST, submission=sight.submission)
    if not form.is_valid():
        return _page(request, sight, reopen_form=form)
    try:
        submission_machine.perform(
            sight.submission,
            "reopen_parts",
            by=sight.person,
            now=sight.now,
            reason=form.cleaned_data["reason"],
            parts=list(form.cleaned_data["parts"]),
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, sight, reopen_form=form)
    messages.success(request, f"The parts are open again. We've told {sight.submission.school}.")
    return redirect("submission", pk)


def _page(
    request: HttpRequest,
    sight: Sight,
    *,
    return_form: ReasonForm | None = None,
    reopen_form: ReopenPartsForm | None = None,
) -> HttpResponse:
    submission = sight.submission
    offers = {
        offer.action: offer
        for offer in submission_machine.offers(submission, by=sight.person, now=sight.now, held=sight.roles)
    }
    rows = part_rows(sight)
    _add_feedback(sight, rows)
    may_comment = sight.comments and submission.status in OPEN_IN
    signed = [row["part"] for row in rows if row["part"].status == Part.Status.SIGNED_OFF]
    reopens = "reopen_parts" in offers and signed
    close = due_on(submission, Step.SUBMIT)
    context = {
        "sight": sight,
        "submission": submission,
        "offers": offers,
        "rows": rows,
        "close": close,
        "send": offers.get("send_for_sign_off"),
        "whole": offers.get("sign_off"),
        "return_offer": offers.get("return"),
        "return_form": (return_form or ReasonForm(label=RETURN_LABEL, prefix=None))
        if "return" in offers
        else None,
        "reopen_form": (
            reopen_form or ReopenPartsForm(submission=submission, offered=signed, auto_id="reopen_%s")
        )
        if reopens
        else None,
        "form": return_form or reopen_form,
        "hub_leader": hub_people(submission, Role.HUB_LEADER).first()
        if "send_for_sign_off" in offers
        else None,
        "feedback_open": submission.status in OPEN_IN,
        "may_comment": may_comment,
        "replies": list(own_replies(sight.person)) if may_comment else [],
        "leaders": list(school_people(submission, Role.SUBJECT_LEADER)) if sight.leads_hub else [],
        "signed": sum(1 for part in signed if part.is_required),
        "required": sum(1 for row in rows if row["part"].is_required),
    }
    return render(request, "submissions/sign_off.html", context)


def _add_feedback(sight: Sight, rows: list[dict[str, Any]]) -> None:
    """To each row the open threads on its part, and on its evidence where it stands first; three queries."""
    submission = sight.submission
    found = submission.feedback.filter(Q(resolved_at=None) | Q(answers__isnull=False))
    threads = threads_on(found, people_words(submission), reader=sight.person.pk)
    waiting = [thread for thread in threads if thread.is_open]
    for row in rows:
        pieces = {one.piece.pk for one in row["content"].evidence}
        row["threads"] = [
            thread
            for thread in waiting
            if thread.start.part_id == row["part"].pk or thread.start.evidence_id in pieces
        ]
        waiting = [thread for thread in waiting if thread not in row["threads"]]
        if any(thread.start.quote for thread in row["threads"]):
            number_quotes(row["threads"], words_of_part(row["content"]))


def part_rows(sight: Sight) -> list[dict[str, Any]]:
    """Each part with its content, status and what the hub leader may do: constant queries."""
    parts = list(
        sight.submission.parts.select_related("criterion__strand", "core_document", "signed_version")
    )
    for part in parts:
        part.submission = sight.submission
    contents = contents_for(sight, parts)
    answers = sight.leads_hub and sight.submission.status in {Status.ENROLLED, Status.WITH_HUB}
    rows = []
    for part in parts:
        content = contents[part.pk]
        started = bool(content.text.strip() or content.rows or content.evidence)
        status, _ = part_status(part, started=started)
        sources = part_machine.moves["sign_off"].sources
        rows.append(
            {
                "part": part,
                "content": content,
                "started": started,
                "status": status,
                "turn": part_turn(part, sight),
                "answers": answers and part.status in sources,
                "blocks": part.is_required and part.status in {Part.Status.DRAFT, Part.Status.RETURNED},
            }
        )
    return rows
