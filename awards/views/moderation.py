"""HQ's moderation of a round, and how far its reviewers agree. Nobody outside HQ's admins opens these."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from awards.domain import assignment, moderation
from awards.domain.agreement import ENOUGH
from awards.domain.decisions import at_school
from awards.domain.moderation import Reason, reasons_of
from awards.forms.moderation import ChooseForm, NoteForm, ThirdForm
from awards.models import Moderation, Review
from awards.pages.agreement import CSV_HEADER, agreement_of
from awards.pages.moderation import compared, may_be_chosen, queue_of, rows_of, sent_reviews
from awards.queries import candidates
from awards.views.shared import ROWS, load_round, load_submission
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused
from rounds.models import Round
from submissions.models import Submission
from submissions.models.submission import Status

SUGGESTED = 4


@require_safe
def round_moderation(request: HttpRequest, slug: str) -> HttpResponse:
    return _queue(request, load_round(request, slug, "awards.run"))


@require_POST
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """A submission that nothing in its reviews brings into the queue."""
    round_ = load_round(request, slug, "awards.run")
    form = ChooseForm(request.POST, open_=may_be_chosen(round_, queue_of(round_)))
    if not form.is_valid():
        return _queue(request, round_, form)
    submission = form.cleaned_data["submission"]
    try:
        moderation.choose(submission, why=form.cleaned_data["why"], by=cast(User, request.user), now=now())
    except Refused as refused:
        form.add_error(None, str(refused))
        return _queue(request, round_, form)
    messages.success(request, f"{submission.school} is in the queue.")
    return redirect("moderate", slug, submission.pk)


def _queue(request: HttpRequest, round_: Round, form: ChooseForm | None = None) -> HttpResponse:
    settled = request.GET.get("show") == "settled"
    queue = queue_of(round_, settled=settled)
    reason = next((one for one in Reason if one == request.GET.get("reason")), None)
    ids = [pk for pk, reasons in queue.reasons.items() if reason is None or reason in reasons]
    page = Paginator(ids, ROWS).get_page(request.GET.get("page"))
    open_ = may_be_chosen(round_, queue)
    return render(
        request,
        "awards/moderation/queue.html",
        {
            "round": round_,
            "page": page,
            "rows": rows_of(list(page), queue.reasons),
            "reasons": [(one, queue.counts[one]) for one in Reason if queue.counts[one]],
            "reason": reason,
            "whole": len(queue.reasons),
            "settled": settled,
            "settled_count": queue.settled,
            "form": form or (ChooseForm(open_=open_) if not settled else None),
            "runs": True,
        },
    )


@require_safe
def moderate(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _page(request, load_submission(request, slug, pk))


@require_POST
def note(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(request, slug, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            moderation.add_note(
                submission, text=form.cleaned_data["text"], by=cast(User, request.user), now=now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your note is added.")
            return redirect("moderate", slug, pk)
    return _page(request, submission, note_form=form)


@require_POST
def look(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take it on, over from somebody (who is named in the form), or give it back."""
    submission = load_submission(request, slug, pk)
    user, instead = cast(User, request.user), request.POST.get("instead_of", "")
    try:
        if "leave" in request.POST:
            moderation.leave(submission, by=user, now=now())
        else:
            known = instead if instead.isdecimal() and len(instead) < 16 else None
            other = User.objects.filter(pk=known).first() if known else None
            moderation.look(submission, by=user, now=now(), instead_of=other)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("moderate", slug, pk)


@require_POST
def third(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    submission = load_submission(request, slug, pk)
    form = _third_form(submission, request.POST)
    if form is None:
        messages.error(request, "Nobody can be asked for another review of it now.")
        return redirect("moderate", slug, pk)
    if form.is_valid():
        person = form.people[form.cleaned_data["reviewer"]]
        try:
            assignment.assign(submission, [person], by=cast(User, request.user), now=now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"{person} is asked for another review. {submission.school} is back in review."
            )
            return redirect("moderate", slug, pk)
    return _page(request, submission, third_form=form)


def _third_form(submission: Submission, data: QueryDict | None = None) -> ThirdForm | None:
    if submission.status not in {Status.REVIEWED, Status.IN_REVIEW}:
        return None
    suggested = [one for one in candidates(submission) if not one.why_not][:SUGGESTED]
    return ThirdForm(data, suggested=suggested) if suggested else None


def _page(
    request: HttpRequest,
    submission: Submission,
    *,
    note_form: NoteForm | None = None,
    third_form: ThirdForm | None = None,
) -> HttpResponse:
    """The reviews beside each other by criterion; notes; and on to a further review or the decision."""
    reviews = sent_reviews(submission)
    rows = compared(submission, reviews, today=london_day(now()))
    look = (
        Moderation.objects.filter(submission=submission, cycle=submission.cycle)
        .select_related("looked_by", "chosen_by")
        .first()
    )
    waiting = Review.objects.filter(
        standing__submission=submission, cycle=submission.cycle, status=Review.Status.ASSIGNED
    )
    is_own = at_school(cast(User, request.user)).filter(school=submission.school_id).exists()
    is_open = submission.status in moderation.OPEN and not is_own
    context: dict[str, Any] = {
        "round": submission.round,
        "submission": submission,
        "reviews": reviews,
        "rows": rows,
        "differing": [row for row in rows if row.apart],
        "reasons": reasons_of([submission.pk]).get(submission.pk, []),
        "look": look,
        "notes": look.notes.select_related("by") if look else (),
        "waiting": list(waiting.select_related("standing__user")),
        "is_own": is_own,
        "is_open": is_open,
        "form": note_form or third_form,
        "note_form": note_form or NoteForm(),
        "third_form": third_form or (_third_form(submission) if is_open else None),
    }
    return render(request, "awards/moderation/moderate.html", context)


@require_safe
def round_agreement(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.run")
    context = {"round": round_, "agreement": agreement_of(round_), "enough": ENOUGH, "runs": True}
    return render(request, "awards/moderation/agreement.html", context)


@require_safe
def round_agreement_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    round_ = load_round(request, slug, "awards.run")
    return csv_response(f"agreement-{slug}.csv", CSV_HEADER, agreement_of(round_).csv_rows())
