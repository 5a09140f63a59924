"""Check your answers, submit, and the receipt."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from submissions.domain.machine import submission_machine
from submissions.pages.sight import attempt, load
from submissions.queries import due_on, hub_people, school_people
from submissions.views.sign_off import part_rows


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole work on one page, then the move that freezes it."""
    sight = load(request, pk)
    submission = sight.submission
    if request.method == "POST":
        if not sight.writes:
            raise PermissionDenied
        done = attempt(
            request, lambda: submission_machine.perform(submission, "submit", by=sight.person, now=sight.now)
        )
        return redirect("receipt" if done else "submit", pk)
    if sight.is_frozen:
        return redirect("receipt", pk)
    offers = {
        offer.action: offer for offer in submission_machine.offers(submission, by=sight.person, now=sight.now)
    }
    people = [
        *school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
        *hub_people(submission, Role.HUB_LEADER),
    ]
    why_not = (
        "Your hub leader has to sign off every part first."
        if sight.is_school
        else "Not every part is signed off."
    )
    context = {
        "sight": sight,
        "submission": submission,
        "rows": part_rows(sight),
        "offer": offers.get("submit"),
        "waits": why_not,
        "close": due_on(submission, Step.SUBMIT),
        "people": list(dict.fromkeys(people)),
        "pieces": submission.evidence.filter(removed_at=None).count(),
    }
    return render(request, "submissions/submit.html", context)


@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    submission = sight.submission
    if not sight.is_frozen or submission.submitted_at is None:
        messages.info(request, "This work hasn't been submitted yet.")
        return redirect("submission", pk)
    steps = [
        (Step.REVIEW, Audience.HUB_LEADER),
        (Step.NOTIFY, Audience.SCHOOL),
        (Step.CEREMONY, Audience.SCHOOL),
    ]
    dates = {(row.step, row.audience): row for row in Milestone.objects.filter(round=submission.round_id)}
    context = {
        "sight": sight,
        "submission": submission,
        "rows": part_rows(sight),
        "pieces": submission.evidence.filter(removed_at=None).count(),
        "review": dates.get(steps[0]),
        "notify": dates.get(steps[1]),
        "ceremony": dates.get(steps[2]),
    }
    return render(request, "submissions/receipt.html", context)
