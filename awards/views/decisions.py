"""HQ's outcomes, under embargo until their release."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from awards.domain import decisions
from awards.domain.decisions import Choice, flag
from awards.domain.letters import release_day
from awards.forms.decisions import AppealForm, DecisionForm, SeveralForm
from awards.forms.shared import ReasonForm
from awards.models import Appeal, Decision, Review
from awards.pages.releasing import Shown, letters_of
from awards.queries import present_reviews, released_decision, to_decide, with_decisions
from awards.views.shared import load_round, load_submission, page_of, posted
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from rounds.models import Level, Round
from submissions.models import Submission
from submissions.models.submission import Status


def _for(user: Any, rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """Annotates ``is_own``: a school of this person, on which somebody else decides."""
    return rows.annotate(is_own=Exists(decisions.at_school(user).filter(school=OuterRef("school"))))


def _row(submission: Submission) -> dict[str, Any]:
    """A submission of :func:`queries.with_decisions` with what a decision looks at."""
    reviews = [one for one in present_reviews(submission) if one.status == Review.Status.COMPLETED]
    standing: list[Decision] = submission.standing_decisions  # type: ignore[attr-defined]
    return {
        "submission": submission,
        "reviews": reviews,
        "flag": flag(reviews),
        "agreed": _agreed(reviews),
        "decision": standing[0] if standing else None,
        "is_own": submission.is_own,  # type: ignore[attr-defined]  # annotated
    }


def _agreed(reviews: list[Review]) -> str:
    """What all of them recommend; "" where they differ."""
    said = {one.recommendation for one in reviews}
    return said.pop() if len(said) == 1 else ""


def _is_clear(row: dict[str, Any]) -> bool:
    """Its reviewers agree, so that it may be decided with others together."""
    return bool(row["agreed"]) and not row["is_own"] and row["submission"].status == Status.REVIEWED


def _outcome(row: dict[str, Any]) -> Level | None:
    return row["submission"].target_level if row["agreed"] == Review.Recommendation.LEVEL else None


@require_safe
def round_decisions(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.read_lists")
    page = page_of(request, _for(request.user, to_decide(round_)))
    rows = [_row(submission) for submission in page]
    return render(
        request,
        "awards/round_decisions.html",
        {
            "round": round_,
            "page": page,
            "rows": rows,
            "runs": cast(User, request.user).has_perm("awards.run"),
            "decided": Submission.objects.filter(round=round_, status=Status.DECIDED).count(),
            "clear": any(_is_clear(row) for row in rows),
        },
    )


@require_POST
def several(request: HttpRequest, slug: str) -> HttpResponse:
    """What their reviewers agree on, for several at once. First every letter as schools will read it; then
    ``confirm``.
    """
    round_ = load_round(request, slug, "awards.run")
    ids = [int(pk) for pk in request.POST.getlist("submission") if pk.isdecimal() and len(pk) < 16]
    rows = [_row(submission) for submission in _for(request.user, to_decide(round_)).filter(pk__in=ids)]
    ready = [row for row in rows if _is_clear(row)]
    left = [row for row in rows if row not in ready]
    if not rows:
        messages.error(request, "Choose at least one submission.")
        return redirect("round_decisions", slug)
    doubted = any(_outcome(row) is None for row in ready)
    form = SeveralForm(request.POST if "confirm" in request.POST else None) if doubted else None
    if "confirm" in request.POST and (form is None or form.is_valid()):
        note = form.cleaned_data["moderation_note"] if form else ""
        return _decide_all(request, round_, [_choice(row, note) for row in ready])
    context = {
        "round": round_,
        "rows": ready,
        "left": left,
        "form": form,
        "letters": _letters(round_, ready),
    }
    return render(request, "awards/decide_several.html", context)


def _choice(row: dict[str, Any], note: str) -> Choice:
    level = _outcome(row)
    return Choice(row["submission"], level, moderation_note="" if level else note)


def _letters(round_: Round, rows: list[dict[str, Any]]) -> list[Shown]:
    """As they would be sent if these were decided so."""
    chosen = [Decision(submission=row["submission"], level=_outcome(row)) for row in rows]
    return letters_of(round_, chosen, release_day(round_, None, now()))


def _decide_all(request: HttpRequest, round_: Round, choices: list[Choice]) -> HttpResponse:
    done, problems = decisions.decide_many(choices, by=cast(User, request.user), now=now())
    if done:
        messages.success(request, f"{len(done)} decided. Nobody outside HQ sees it before the release.")
    for sentence in problems:
        messages.error(request, sentence)
    return redirect("round_decisions", round_.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(
        request, slug, pk, _for(request.user, with_decisions(Submission.objects.all()))
    )
    row = _row(submission)
    form = DecisionForm(posted(request), submission=submission, flagged=row["flag"] is not None)
    form.main_button = "Record this decision"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        choice = Choice(submission, form.level(), given["note"], given.get("moderation_note", ""))
        try:
            decisions.decide(choice, by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(
                "moderation_note"
                if "moderation note" in str(refused) and "moderation_note" in form.fields
                else None,
                str(refused),
            )
        else:
            messages.success(
                request, f"{submission.school} is decided. Nobody outside HQ sees it before the release."
            )
            return redirect("round_decisions", slug)
    return render(request, "awards/decide.html", row | {"round": submission.round, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(
        request, slug, pk, _for(request.user, with_decisions(Submission.objects.all()))
    )
    form = ReasonForm(
        posted(request), hint="Kept in the submission's history. Name no outcome and no reviewer."
    )
    if request.method == "POST" and form.is_valid():
        try:
            decisions.undo(
                submission, reason=form.cleaned_data["reason"], by=cast(User, request.user), now=now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{submission.school} is open for a decision again.")
            return redirect("round_decisions", slug)
    return render(request, "awards/undo.html", _row(submission) | {"round": submission.round, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(request, slug, pk, _for(request.user, Submission.objects.all()))
    form = AppealForm(posted(request), submission=submission)
    form.main_button = "Uphold the appeal"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        choice = Choice(submission, form.level(), given["note"])
        try:
            decisions.uphold_appeal(choice, reason=given["reason"], by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"{submission.school}'s appeal is upheld. Release the new outcome when it is ready."
            )
            return redirect("round_decisions", slug)
    return render(
        request,
        "awards/appeal.html",
        {
            "round": submission.round,
            "submission": submission,
            "told": released_decision(submission),
            "open_appeal": Appeal.objects.filter(
                decision__submission=submission, status=Appeal.Status.OPEN
            ).first(),
            "form": form,
        },
    )
