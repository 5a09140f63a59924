"""A reviewer's pages: my reviews, the review itself, completing and declining it."""

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from awards.domain import reviewing
from awards.domain.review_machine import review_machine, roles_towards
from awards.domain.words import gaps_in
from awards.forms.reviews import ReviewForm
from awards.forms.shared import ReasonForm
from awards.models import Review
from awards.notices import review_due_on
from awards.pages.reviewing import outcome_before
from awards.queries import UNDER_REVIEW, Frozen, frozen_work, visible_to
from awards.queries import my_reviews as reviews_of
from awards.views.judging import save
from awards.views.shared import posted
from hubs.models import HubMembership
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role

READS_ALL = "standing__user", "standing__submission__school", "standing__submission__target_level"


@require_safe
def my_reviews(request: HttpRequest) -> HttpResponse:
    """Only for people who lead a hub now: others have nothing to review, and no page that says so."""
    user = cast(User, request.user)
    leads = HubMembership.objects.current().filter(user=user, role=HubMembership.Kind.LEADER)
    if not leads.exists():
        raise PermissionDenied
    rows = list(reviews_of(user))
    return render(
        request,
        "awards/reviews.html",
        {
            "to_do": [row for row in rows if row.status == Review.Status.ASSIGNED],
            "unanswered": [
                row for row in rows if row.status == Review.Status.ASSIGNED and row.accepted_at is None
            ],
            "done": [row for row in rows if row.status == Review.Status.COMPLETED],
        },
    )


def _load(request: HttpRequest, pk: int) -> Review:
    rows = visible_to(cast(User, request.user)).select_related(
        *READS_ALL, "standing__submission__round__framework"
    )
    return get_object_or_404(rows, pk=pk)


def _own_open(request: HttpRequest, pk: int) -> Review:
    """The reviewer's own; a review that is done is a page to read, not to change."""
    review = _load(request, pk)
    if Role.REVIEWER not in roles_towards(cast(User, request.user), review):
        raise PermissionDenied
    return review


def _is_present(review: Review) -> bool:
    submission = review.standing.submission
    return review.cycle == submission.cycle and submission.status in UNDER_REVIEW


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The frozen work, and beside each criterion its judgement. A POST saves, whatever is missing."""
    found = _load(request, pk)
    user, instant = cast(User, request.user), now()
    mine = Role.REVIEWER in roles_towards(user, found)
    submission = found.standing.submission
    # Work that was reopened and submitted again is another cycle's: its reader isn't this review.
    frozen = frozen_work(submission, found, today=london_day(instant)) if _is_present(found) else Frozen()
    form = ReviewForm(posted(request), frozen=frozen, sheet=found)
    status = HTTPStatus.OK
    if request.method == "POST":
        if not mine:
            raise PermissionDenied

        def keeps() -> None:
            reviewing.save_draft(found, form.draft(), by=user, seen=form.seen())

        if (answer := save(request, form, keeps, back=found.get_absolute_url())) is not None:
            return answer
        status = HTTPStatus.CONFLICT
    due = review_due_on(submission.round_id)
    return render(
        request,
        "awards/review.html",
        {
            "review": found,
            "submission": submission,
            "frozen": frozen,
            "review_form": form,
            "form": form,
            "level": submission.target_level,
            "writes": mine and found.status == Review.Status.ASSIGNED,
            "mine": mine,
            "due_on": due.due_on if due else None,
            "judgements": found.judgements.select_related("criterion") if not frozen.criteria else (),
            "before": outcome_before(submission, user),
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the answers, then send them: a completed review isn't changed any more."""
    found = _own_open(request, pk)
    user = cast(User, request.user)
    if request.method == "POST":
        try:
            reviewing.complete(found, by=user, now=now())
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(
                "review_complete" if found.status == Review.Status.ASSIGNED else "review", found.pk
            )
        return render(request, "awards/review_completed.html", {"review": found})
    if found.status != Review.Status.ASSIGNED:
        return redirect("review", found.pk)
    submission = found.standing.submission
    return render(
        request,
        "awards/review_complete.html",
        {
            "review": found,
            "submission": submission,
            "missing": gaps_in(found, framework_id=submission.round.framework_id),
            "judgements": found.judgements.exclude(verdict="", comment="").select_related("criterion"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own_open(request, pk)
    form = ReasonForm(posted(request), hint="For example: I used to work with this school. Only HQ reads it.")
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.decline(
                found, reason=form.cleaned_data["reason"], by=cast(User, request.user), now=now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"You declined to review {found.standing.submission.school}. HQ has been told."
            )
            return redirect("reviews")
    offer = next(
        (
            one
            for one in review_machine.offers(found, by=cast(User, request.user), now=now())
            if one.action == "decline"
        ),
        None,
    )
    if offer is None:
        return redirect("review", found.pk)
    return render(
        request,
        "awards/review_decline.html",
        {"review": found, "submission": found.standing.submission, "form": form},
    )
