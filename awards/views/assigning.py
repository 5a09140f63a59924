"""HQ chooses who reviews what."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from awards.domain import answering, assignment, interests, reviewing
from awards.domain.decisions import flag
from awards.forms.assigning import ConflictForm, ReviewersForm
from awards.forms.shared import ReasonForm
from awards.models import Interest, Review
from awards.queries import candidates, present_reviews, to_review, visible_to, with_reviews
from awards.views.shared import load_round, load_submission, page_of, posted
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from submissions.models import Submission
from submissions.models.submission import Status

OPEN_TO_REVIEWERS = {Status.SUBMITTED, Status.IN_REVIEW, Status.REVIEWED}


@require_safe
def round_reviews(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.read_lists")
    runs, today = cast(User, request.user).has_perm("awards.run"), london_day(now())
    unanswered = answering.unanswered().filter(standing__submission__round=round_)
    counts = unanswered.aggregate(all=Count("pk"), late=Count("pk", filter=Q(answer_by__lt=today)))
    only_unanswered = request.GET.get("show") == "unanswered"
    listed = to_review(round_)
    if only_unanswered:
        listed = listed.filter(pk__in=unanswered.values("standing__submission"))
    page = page_of(request, listed)
    rows = []
    for submission in page:
        reviews = present_reviews(submission)
        rows.append(
            {
                "submission": submission,
                "reviews": [
                    one for one in reviews if one.status in {Review.Status.ASSIGNED, Review.Status.COMPLETED}
                ],
                "gone": [one for one in reviews if one.status == Review.Status.DECLINED],
                "main": _what_to_do(submission, reviews) if runs else None,
            }
        )
    return render(
        request,
        "awards/round_reviews.html",
        {
            "round": round_,
            "page": page,
            "rows": rows,
            "runs": runs,
            "today": today,
            "unanswered": counts["all"],
            "late": counts["late"],
            "only_unanswered": only_unanswered,
        },
    )


def _what_to_do(submission: Submission, reviews: list[Review]) -> str | None:
    live = [one for one in reviews if one.status in {Review.Status.ASSIGNED, Review.Status.COMPLETED}]
    match submission.status:
        case Status.SUBMITTED:
            return "Assign reviewers"
        case Status.IN_REVIEW:
            short = submission.round.reviews_per_submission - len(live)
            return "Replace a reviewer" if short > 0 else "Change reviewers"
        case Status.REVIEWED:
            return "Add a review"
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(request, slug, pk, with_reviews(Submission.objects.all()))
    people = candidates(submission)
    form = ReviewersForm(posted(request), candidates=people)
    form.main_button = _button(submission)
    if request.method == "POST" and form.is_valid():
        try:
            assignment.assign(submission, form.chosen(), by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            names = ", ".join(user.name for user in form.chosen())
            messages.success(request, f"{submission.school}: {names} chosen and told by mail.")
            return redirect("round_reviews", slug)
    return render(request, "awards/assign.html", _about(submission, people) | {"form": form})


def _button(submission: Submission) -> str:
    return {
        Status.SUBMITTED.value: "Assign these reviewers",
        Status.REVIEWED.value: "Add this review",
    }.get(submission.status, "Add these reviewers")


def _about(submission: Submission, people: list) -> dict[str, Any]:
    reviews = present_reviews(submission)
    live = [one for one in reviews if one.status in {Review.Status.ASSIGNED, Review.Status.COMPLETED}]
    return {
        "round": submission.round,
        "submission": submission,
        "reviews": reviews,
        "open": submission.status in OPEN_TO_REVIEWERS,
        "barred": [one for one in people if one.why_not],
        "free": [one for one in people if not one.why_not],
        "short": max(submission.round.reviews_per_submission - len(live), 0),
        "interests": Interest.objects.filter(school=submission.school, lifted_at=None).select_related(
            "user", "declared_by"
        ),
        "flag": flag([one for one in live if one.status == Review.Status.COMPLETED]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(request, slug, pk)
    form = ConflictForm(posted(request), candidates=candidates(submission))
    if request.method == "POST" and form.is_valid():
        person = form.people[form.cleaned_data["person"]]
        try:
            interests.declare_by_hq(
                person, submission, why=form.cleaned_data["why"], by=cast(User, request.user), now=now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{person} won't review {submission.school}.")
            return redirect("assign_reviewers", slug, pk)
    return render(
        request,
        "awards/conflict.html",
        {"round": submission.round, "submission": submission, "form": form},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    rows = visible_to(user).select_related(
        "standing__user", "standing__submission__school", "standing__submission__round"
    )
    review = get_object_or_404(rows, pk=pk)
    if not user.has_perm("awards.run"):
        raise PermissionDenied
    submission = review.standing.submission
    form = ReasonForm(posted(request), hint="The reviewer reads it in the mail.")
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.take_back(review, reason=form.cleaned_data["reason"], by=user, now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"{review.standing.user}'s review of {submission.school} was taken back."
            )
            return redirect("assign_reviewers", submission.round.slug, submission.pk)
    return render(
        request,
        "awards/take_back.html",
        {"review": review, "submission": submission, "round": submission.round, "form": form},
    )
