"""HQ plans who reviews what: asks for a plan, changes it, confirms it."""

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from awards.domain import agreed, plans
from awards.domain.assignment import DAYS_TO_ANSWER
from awards.domain.staffing import staffing
from awards.forms.assigning import AgreedForm, ConfirmPlanForm, PlannedForm
from awards.models import AssignmentPlan
from awards.pages import planning as pages
from awards.views.shared import ROWS, load_round, posted
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from rounds.models import Round


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """A POST plans, or plans again: what was chosen by hand stays."""
    round_ = load_round(request, slug, "awards.run")
    if request.method == "POST":
        try:
            plans.make(round_, by=cast(User, request.user), now=now())
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The plan is made. Nobody knows of it until you confirm it.")
        return redirect("assignment_plan", slug)
    underway = plans.underway(round_)
    context = {"round": round_, "runs": True, "plan": underway}
    if underway is not None and underway.status == AssignmentPlan.Status.OPEN:
        return render(request, "awards/planning/plan.html", context | _shown(request, underway))
    if underway is not None:
        rows = underway.reviews
        context |= {"done": rows.exclude(done_at=None, problem="").count(), "count": rows.count()}
    else:
        context |= _last(round_)
    part = "_progress" if request.headers.get("HX-Request") else "between"
    return render(request, f"awards/planning/{part}.html", context)


def _shown(request: HttpRequest, underway: AssignmentPlan) -> dict:
    found = plans.check(underway)
    people = pages.person_rows(found, underway.round)
    show = "reviewers" if request.GET.get("show") == "reviewers" else "submissions"
    return {
        "show": show,
        "page": Paginator(pages.submission_rows(found), ROWS).get_page(request.GET.get("page")),
        "people": people,
        "noted": [row for row in people if row.note],
        "obstacles": pages.obstacles(underway, found),
        "wrong": found.wrong[: pages.MOST_SHOWN],
        "wrong_count": len(found.wrong),
        "planned": sum(len(rows) for rows in found.planned.values()),
        "whole": len(found.whole),
    }


def _last(round_: Round) -> dict:
    last = AssignmentPlan.objects.filter(round=round_, status=AssignmentPlan.Status.DONE)
    row = last.select_related("confirmed_by").first()
    open_reviews = sum(staffing(round_).needs.values())
    if row is None:
        return {"last": None, "needed": open_reviews}
    problems = row.reviews.exclude(problem="").select_related("user", "submission__school")
    return {
        "last": row,
        "needed": open_reviews,
        "assigned": row.reviews.filter(done_at__isnull=False).count(),
        "problems": list(problems[: pages.MOST_SHOWN]),
    }


def _open_plan(request: HttpRequest, slug: str) -> AssignmentPlan:
    round_ = load_round(request, slug, "awards.run")
    rows = AssignmentPlan.objects.select_related("round__framework")
    return get_object_or_404(rows, round=round_, status=AssignmentPlan.Status.OPEN)


@require_http_methods(["GET", "HEAD", "POST"])
def by_hand(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The planned reviewers of one submission; who can't be is shown with the reason."""
    row = _open_plan(request, slug)
    found = plans.check(row)
    staff = found.staff
    submission = get_object_or_404(
        row.round.submissions.select_related("school", "hub", "target_level"), pk=pk, pk__in=staff.submissions
    )
    planned = [one.user_id for one in found.planned.get(pk, [])]
    beside = [*planned, *staff.live.get(pk, [])]
    free = [one for user, one in staff.people.items() if not staff.refusal(pk, user)]
    form = PlannedForm(
        posted(request),
        people=sorted(free, key=lambda one: (one.user.pk not in planned, found.load[one.user.pk])),
        load=found.load,
        warnings={one.user.pk: plans.warnings(found, pk, one.user.pk, beside=beside) for one in free},
        initial={"reviewers": planned},
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.chosen()
        try:
            plans.choose(row, submission, chosen, by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{submission.school}: {' and '.join(one.name for one in chosen)}.")
            new = {one.pk for one in chosen} | set(staff.live.get(pk, []))
            for one in chosen:
                if said := plans.warnings(found, pk, one.pk, beside=new):
                    messages.warning(request, f"{one} {', '.join(said)}.")
            return redirect("assignment_plan", slug)
    barred = [(one, why) for user, one in staff.people.items() if (why := staff.refusal(pk, user))]
    return render(
        request,
        "awards/planning/by_hand.html",
        {
            "round": row.round,
            "submission": submission,
            "form": form,
            "need": staff.needs[pk],
            "free": free,
            "barred": barred,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    row, moment = _open_plan(request, slug), now()
    form = ConfirmPlanForm(
        posted(request), initial={"answer_by": london_day(moment) + timedelta(days=DAYS_TO_ANSWER)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            plans.confirm(
                row, answer_by=form.cleaned_data["answer_by"], by=cast(User, request.user), now=moment
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The reviews are being assigned. Each reviewer gets one mail.")
            return redirect("assignment_plan", slug)
    found = plans.check(row)
    reviews = [one for pk in found.whole for one in found.planned[pk]]
    return render(
        request,
        "awards/planning/confirm.html",
        {
            "round": row.round,
            "form": form,
            "reviews": len(reviews),
            "submissions": len(found.whole),
            "reviewers": len({one.user_id for one in reviews}),
            "short": len(found.short),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, slug: str) -> HttpResponse:
    row = _open_plan(request, slug)
    if request.method == "POST":
        try:
            plans.drop(row, by=cast(User, request.user), now=now())
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The plan is dropped. Nothing was assigned.")
        return redirect("assignment_plan", slug)
    return render(request, "awards/planning/drop.html", {"round": row.round})


@require_http_methods(["GET", "HEAD", "POST"])
def agreed_numbers(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.run")
    staff = staffing(round_)
    form = AgreedForm(posted(request), people=staff.people.values())
    if request.method == "POST" and form.is_valid():
        changed = agreed.set_numbers(form.numbers(), by=cast(User, request.user), now=now())
        people = "person’s number is" if changed == 1 else "people’s numbers are"
        messages.success(request, f"{changed} {people} changed." if changed else "Nothing changed.")
        return redirect("assignment_plan", slug)
    return render(
        request,
        "awards/planning/agreed.html",
        {
            "round": round_,
            "form": form,
            "needed": sum(staff.needs.values()),
            "free": sum(max(one.agreed - one.has, 0) for one in staff.people.values()),
            "people": len(staff.people),
        },
    )
