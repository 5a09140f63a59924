"""Appeals: the school's page, and HQ's list, look and answer."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from awards.domain import appeals, letters
from awards.domain.appeal_machine import somebody_else
from awards.forms.appeals import AppealReasonsForm, AppealTermsForm, TurnDownForm
from awards.forms.assigning import ReviewersForm
from awards.models import Appeal
from awards.pages import appeals as pages
from awards.queries import candidates, present_reviews, released_decision, with_reviews
from awards.views.shared import ROWS, load_round, posted
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import SCHOOL, Role
from submissions.models import Submission
from submissions.queries import roles_towards, school_people, visible_to


@require_http_methods(["GET", "HEAD", "POST"])
def outcome_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """The school's own: its hub isn't told, for an appeal may be about it."""
    user, moment = cast(User, request.user), now()
    rows = visible_to(user).select_related("school", "round__framework", "hub", "target_level")
    submission = get_object_or_404(rows, pk=pk)
    if not roles_towards(user, submission) & SCHOOL:
        raise PermissionDenied
    decision = released_decision(submission)
    if decision is None:
        return redirect("award", pk)
    decision.submission = submission
    form = AppealReasonsForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            appeals.raise_appeal(decision, form.cleaned_data["reasons"], by=user, now=moment)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your appeal is with HQ.")
            return redirect("outcome_appeal", pk)
    context = {
        "submission": submission,
        "decision": decision,
        "state": pages.at_school(decision, by=user, now=moment),
        "form": form,
        "answer_days": letters.terms_of(submission.round).answer_days,
        "people": school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
    }
    return render(request, "awards/appeals/school.html", context)


@require_safe
def round_appeals(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.run")
    context = {
        "round": round_,
        "page": Paginator(pages.of_round(round_), ROWS).get_page(request.GET.get("page")),
        "today": london_day(now()),
        "terms": letters.terms_of(round_),
    }
    return render(request, "awards/appeals/round.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def appeal_terms(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.run")
    form = AppealTermsForm(posted(request), instance=letters.terms_of(round_))
    if request.method == "POST" and form.is_valid():
        appeals.set_terms(round_, **form.cleaned_data, by=cast(User, request.user), now=now())
        messages.success(request, "The times are saved. What a school was promised already stands.")
        return redirect("round_appeals", slug)
    return render(request, "awards/appeals/terms.html", {"round": round_, "form": form})


def _load(request: HttpRequest, slug: str, pk: int) -> tuple[Appeal, Submission, str | None]:
    """An appeal of the round with its submission, and why this person can't answer it."""
    round_ = load_round(request, slug, "awards.run")
    rows = Appeal.objects.filter(decision__submission__round=round_)
    appeal = get_object_or_404(
        rows.select_related("decision__level", "decision__decided_by", "raised_by", "answered_by"), pk=pk
    )
    work = with_reviews(Submission.objects.filter(pk=appeal.decision.submission_id))
    submission = work.select_related("school", "hub", "round__framework", "target_level").get()
    appeal.decision.submission = submission
    return appeal, submission, somebody_else(appeal, Occasion(cast(User, request.user), now()))


@require_safe
def appeal(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    appeal_, submission, why_not = _load(request, slug, pk)
    context = {
        "round": submission.round,
        "appeal": appeal_,
        "submission": submission,
        "reviews": present_reviews(submission),
        "why_not": why_not,
        "history": pages.history(appeal_),
        "today": london_day(now()),
    }
    return render(request, "awards/appeals/appeal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def appeal_review(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    appeal_, submission, why_not = _load(request, slug, pk)
    form = ReviewersForm(posted(request), candidates=candidates(submission))
    form.main_button = "Ask for a fresh review"
    if request.method == "POST" and form.is_valid():
        try:
            appeals.ask_review(appeal_, form.chosen(), by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            names = ", ".join(user.name for user in form.chosen())
            messages.success(request, f"{names} is asked by mail. The school isn’t told of it.")
            return redirect("appeal", slug, pk)
    context = {
        "round": submission.round,
        "appeal": appeal_,
        "submission": submission,
        "form": form,
        "why_not": why_not,
    }
    return render(request, "awards/appeals/review.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def appeal_turn_down(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    appeal_, submission, why_not = _load(request, slug, pk)
    form = TurnDownForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            appeals.turn_down(appeal_, form.cleaned_data["answer"], by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{submission.school} is told that the outcome stands.")
            return redirect("appeal", slug, pk)
    context = {
        "round": submission.round,
        "appeal": appeal_,
        "submission": submission,
        "form": form,
        "why_not": why_not,
        "people": school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
    }
    return render(request, "awards/appeals/turn_down.html", context)
