from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from awards.domain import letters
from awards.models import Award
from awards.pages.appeals import for_award_page
from awards.queries import released_decision, shared_by, told_reviews
from awards.views.release import letter_answer
from psqm_portal.core.clock import london_day, now
from rounds.models import Audience, Milestone, Step
from submissions.models.submission import Status
from submissions.queries import visible_to


@require_safe
def award(request: HttpRequest, pk: int) -> HttpResponse:
    """The outcome as the school knows it. Before its release nothing here depends on what HQ decided."""
    user = cast(User, request.user)
    rows = visible_to(user).select_related("school", "round__framework", "hub", "target_level")
    submission = get_object_or_404(rows, pk=pk)
    decision = released_decision(submission)
    if decision is not None:
        decision.submission = submission
    else:
        notify = Milestone.objects.filter(
            round=submission.round_id, step=Step.NOTIFY, audience=Audience.SCHOOL
        ).first()
        return render(
            request,
            "awards/award_waiting.html",
            {"submission": submission, "opens_on": notify.opens_on if notify else None},
        )
    held = Award.objects.filter(submission=submission).select_related("level", "certificate__file").first()
    return render(
        request,
        "awards/award.html",
        {
            "submission": submission,
            "decision": decision,
            "award": held if decision.level_id else None,
            "standing": held.standing_on(london_day(now())) if held else "",
            "reviews": told_reviews(decision),
            **for_award_page(decision, held if decision.level_id else None, by=user, now=now()),
            "looked_at_again": submission.status != Status.NOTIFIED,
            "runs": user.has_perm("awards.run"),
            "shares": held is not None and shared_by(user).filter(pk=held.pk).exists(),
        },
    )


@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The outcome as a letter to print, from its release on."""
    rows = visible_to(cast(User, request.user)).select_related("school", "round", "hub", "target_level")
    submission = get_object_or_404(rows, pk=pk)
    decision = released_decision(submission)
    if decision is None:
        return redirect("award", pk)
    decision.submission = submission
    held = Award.objects.filter(submission=submission).select_related("level").first()
    context = letters.told_context(decision, held if decision.level_id else None)
    return letter_answer(request, context, back="award", args=[pk])
