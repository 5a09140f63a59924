"""HQ tells the outcomes of a round: every letter as it will be read, then the release in the background."""

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from awards.domain import letters, releasing
from awards.domain.releases import who_hears
from awards.forms.releases import LettersFilterForm, ReleaseForm
from awards.models import Release
from awards.models.releases import UNDERWAY
from awards.pages import releasing as pages
from awards.pages.certificates import progress_of
from awards.views.shared import ROWS, load_round, posted
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.pdf import PdfUnavailable
from rounds.models import Round

LETTERS = 10


@require_http_methods(["GET", "HEAD", "POST"])
def round_release(request: HttpRequest, slug: str) -> HttpResponse:
    round_, moment = load_round(request, slug, "awards.run"), now()
    releases = Release.objects.filter(round=round_).select_related("asked_by", "stopped_by", "round")
    underway = releases.filter(status__in=UNDERWAY).first()
    decisions = releasing.waiting_decisions(round_)
    form = _form(request, round_, moment, releasing.mark_of(decisions))
    if request.method == "POST" and form.is_valid():
        try:
            asked = releasing.ask(
                round_,
                by=cast(User, request.user),
                now=moment,
                at=form.at_time(),
                reason=form.cleaned_data.get("reason", ""),
                seen=form.cleaned_data["seen"],
            )
        except Refused as refused:
            form.add_error("reason" if "write the reason" in str(refused) else None, str(refused))
        else:
            return redirect("release", slug, asked.pk)
    last = releases.exclude(status__in=UNDERWAY).first()
    context = {
        "round": round_,
        "underway": underway,
        "progress": pages.progress_of(underway) if underway else None,
        "last": last,
        "last_progress": pages.progress_of(last) if last else None,
        "form": form,
        "certificates": progress_of(round_),
        **_preview(request, decisions),
    }
    return render(request, "awards/round_release.html", context)


def _form(request: HttpRequest, round_: Round, moment: datetime, mark: str) -> ReleaseForm:
    day = releasing.notification_day(round_)
    early = day is not None and london_day(moment) < day
    return ReleaseForm(posted(request), day=day if early else None, early=early, initial={"seen": mark})


def _preview(request: HttpRequest, decisions: list) -> dict[str, Any]:
    hears = who_hears(one.submission for one in decisions)
    page = Paginator(decisions, ROWS).get_page(request.GET.get("page"))
    return {
        "page": page,
        "rows": [{"decision": one, "people": hears[one.submission_id]} for one in page],
        "count": len(decisions),
        "outcomes": pages.outcomes_of(decisions),
        "mails": sum(len(users) for users in hears.values()),
        "people": len({user.pk for users in hears.values() for user in users}),
        "unheard": sum(not users for users in hears.values()),
    }


@require_safe
def release(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """How far it is; htmx gets the progress alone, and the whole page when it ended."""
    round_ = load_round(request, slug, "awards.run")
    rows = Release.objects.select_related("asked_by", "stopped_by", "round")
    release_ = get_object_or_404(rows, pk=pk, round=round_)
    context = {"round": round_, "release": release_, "progress": pages.progress_of(release_)}
    if request.headers.get("HX-Request"):
        answer = render(request, "awards/release/_progress.html", context)
        if not release_.is_underway:
            answer["HX-Refresh"] = "true"
        return answer
    page = Paginator(pages.problems_of(release_), ROWS).get_page(request.GET.get("page"))
    return render(request, "awards/release/release.html", context | {"page": page})


@require_POST
def release_stop(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    round_ = load_round(request, slug, "awards.run")
    release_ = get_object_or_404(Release, pk=pk, round=round_)
    try:
        releasing.stop(release_, by=cast(User, request.user), now=now())
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("release", slug, pk)


@require_safe
def round_letters(request: HttpRequest, slug: str) -> HttpResponse:
    """Every school's mails, rendered by what sends them."""
    round_ = load_round(request, slug, "awards.run")
    decisions = releasing.waiting_decisions(round_)
    outcomes = pages.outcomes_of(decisions)
    form = LettersFilterForm(request.GET or None, outcomes=[(one.key, one.label) for one in outcomes])
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = pages.narrowed(decisions, given.get("outcome", ""), given.get("q", ""))
    page = Paginator(found, LETTERS).get_page(request.GET.get("page"))
    context = {
        "round": round_,
        "filter": form,
        "page": page,
        "count": len(decisions),
        "letters": pages.letters_of(round_, list(page), _day(round_)),
    }
    return render(request, "awards/release/letters.html", context)


@require_safe
def round_letter(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The letter that a school will be able to print, before its release."""
    round_ = load_round(request, slug, "awards.run")
    decision = next((one for one in releasing.waiting_decisions(round_) if one.submission_id == pk), None)
    if decision is None:
        messages.error(request, "This outcome doesn’t wait for its release any more.")
        return redirect("round_letters", slug)
    day = _day(round_)
    around = letters.Around.of(round_, [decision.submission], day)
    context = letters.context_of(decision, letters.award_to_be(decision, day), around)
    return letter_answer(request, context, back="round_letters", args=[slug])


def letter_answer(
    request: HttpRequest, context: dict[str, Any], *, back: str, args: list[Any]
) -> HttpResponse:
    """The PDF, shown in the browser; a sentence on the page it came from where none can be made."""
    try:
        content = letters.pdf(context)
    except PdfUnavailable:
        messages.error(request, "Letters can’t be made at the moment. Try again later.")
        return redirect(back, *args)
    name = f"Letter {context['submission'].school.name}.pdf".replace("/", " ")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _day(round_: Round) -> Any:
    starts = Release.objects.filter(round=round_, status__in=UNDERWAY).values_list("starts_at", flat=True)
    return letters.release_day(round_, starts.first(), now())
