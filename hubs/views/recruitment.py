"""Finding schools and inviting them: a hub's pages in a round."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hubs import queries
from hubs.domain import letters, mailings
from hubs.domain import recruitment as domain
from hubs.domain.training import STEPS
from hubs.forms.recruitment import KEPT, NONE, STANDARD, FindForm, InviteForm, StateForm
from hubs.mails.recruitment import TEMPLATE
from hubs.models import HubRound, LetterParagraph, MailOut, Prospect, TrainingSession
from hubs.pages import recruitment as pages
from messaging.domain import wording
from messaging.domain.mail import shipped, values_of, wordings
from messaging.queries import suppressed_among
from messaging.registers import mail_kinds
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import and_list, clock_time, counted, long_date
from rounds.views.access import SignedIn, need

PER_PAGE = 25
LISTED = 50


def _hub_round(request: SignedIn, slug: str, round_slug: str) -> HubRound:
    rows = queries.hub_rounds_visible_to(request.user).select_related("hub", "round__framework")
    return get_object_or_404(rows, hub__slug=slug, round__slug=round_slug)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal() and len(value) < 16]


def _page(request: SignedIn, row: HubRound, **more: Any) -> dict[str, Any]:
    return {
        "hub_round": row,
        "hub": row.hub,
        "round": row.round,
        "may_recruit": request.user.has_perm("hubs.recruit", row.hub),
        **more,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def prospects(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    if request.method == "POST":
        need(request, "hubs.recruit", row.hub)
        _pick(request, row)
        return redirect(request.get_full_path())
    moment = now()
    point = pages.place_of(row.hub)
    form = FindForm(request.GET or None, is_placed=point is not None)
    schools = pages.found(row.round, form.given(), point, today=london_day(moment))
    page = Paginator(schools, PER_PAGE).get_page(request.GET.get("page")) if schools is not None else None
    context = _page(
        request,
        row,
        filter=form,
        page=page,
        found=pages.as_found(list(page.object_list), row, point) if page else [],
        is_placed=point is not None,
        counts=pages.counts(row),
    )
    return render(request, "hubs/recruitment/prospects.html", context)


def _pick(request: SignedIn, row: HubRound) -> None:
    chosen = _numbers(request.POST.getlist("school"))
    try:
        picked = domain.pick(row, chosen, by=request.user, now=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return
    for sentence in picked.refused:
        messages.warning(request, sentence)
    if picked.count:
        messages.success(request, f"{counted(picked.count, 'school')} picked. Invite them from your list.")


@require_http_methods(["GET", "HEAD", "POST"])
def prospect_list(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    if request.method == "POST":
        need(request, "hubs.recruit", row.hub)
        try:
            count = domain.put_back(
                row, _numbers(request.POST.getlist("prospect")), by=request.user, now=now()
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{counted(count, 'school')} taken off your list.")
        return redirect(request.get_full_path())
    form, rows = _filtered(request, row)
    context = _page(
        request,
        row,
        filter=form,
        page=Paginator(rows, LISTED).get_page(request.GET.get("page")),
        counts=pages.counts(row),
        mailings=list(pages.mailings(row)[:20]),
        ready=mailings.ready_to_send(row).count(),
    )
    return render(request, "hubs/recruitment/list.html", context)


def _filtered(request: SignedIn, row: HubRound) -> tuple[StateForm, Any]:
    form, rows = StateForm(request.GET or None), pages.listed(row)
    if state := form.state_asked():
        rows = rows.filter(status=state)
    return form, rows.order_by("school__name", "pk")


@require_safe
def prospect_csv(request: SignedIn, slug: str, round_slug: str) -> HttpResponseBase:
    row = _hub_round(request, slug, round_slug)
    _, rows = _filtered(request, row)
    lines = pages.csv_rows(rows, with_people=request.user.has_perm("hubs.train", row.hub))
    return csv_response(f"Schools asked by {row.hub}, {row.round}.csv", pages.CSV_HEADER, lines)


# Inviting --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedIn, slug: str, round_slug: str) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    need(request, "hubs.recruit", row.hub)
    draft, moment = mailings.draft_of(row), now()
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        prospects=list(mailings.ready_to_send(row)[: domain.MOST_AT_ONCE]),
        draft=draft,
        initial=_initial(row, draft),
    )
    if request.method == "POST" and form.is_valid():
        wanted = form.wanted(owner=f"hub-{row.hub_id}", by=request.user, now=moment)
        if wanted is not None:
            try:
                saved = mailings.save_draft(row, wanted, by=request.user, now=moment)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("mail_out", slug, round_slug, saved.pk)
    context = _page(request, row, form=form, closed=mailings.why_closed(row.round, now=moment))
    return render(request, "hubs/recruitment/invite.html", context)


def _initial(row: HubRound, draft: MailOut | None) -> dict[str, Any]:
    optional = {one.name: str(one.pk) for one in LetterParagraph.objects.filter(may_be_left_out=True)}
    standard = letters.standard_enclosure()
    if draft is not None:
        kept = {one["name"] for one in draft.paragraphs}
        enclosure = NONE if draft.enclosure is None else KEPT
        if standard is not None and draft.enclosure_id == standard.file_id:
            enclosure = STANDARD
        return {
            "how": draft.how,
            "sender": draft.sender,
            "first_training": draft.first_training,
            "paragraphs": [pk for name, pk in optional.items() if name in kept],
            "enclosure": enclosure,
            "both_sides": draft.both_sides,
        }
    defaults = LetterParagraph.objects.filter(may_be_left_out=True, is_in_by_default=True)
    before = MailOut.objects.filter(hub=row.hub).exclude(sender="").first()
    return {
        "how": MailOut.How.MAIL,
        "sender": before.sender if before else "",
        "first_training": _first_training(row),
        "paragraphs": [str(one.pk) for one in defaults],
        "enclosure": STANDARD if standard is not None else NONE,
    }


def _first_training(row: HubRound) -> str:
    """The hub's own date, as people write it."""
    steps = STEPS[row.training]
    session = TrainingSession.objects.filter(hub_round=row, step=steps[0]).first() if steps else None
    if session is None:
        return ""
    words = long_date(session.held_on)
    if session.starts_at:
        words += f" at {clock_time(session.starts_at)}"
    return f"{words}, {session.place}"[:200] if session.place else words


def _mail_out(request: SignedIn, row: HubRound, pk: int) -> MailOut:
    need(request, "hubs.recruit", row.hub)
    rows = MailOut.objects.filter(hub=row.hub, round=row.round).select_related(
        "hub", "round", "enclosure", "file", "made_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def mail_out(request: SignedIn, slug: str, round_slug: str, pk: int) -> HttpResponse:
    row = _hub_round(request, slug, round_slug)
    posting = _mail_out(request, row, pk)
    if request.method == "POST":
        return _decide(request, row, posting)
    people = list(posting.prospects.select_related("school").order_by("school__name", "pk"))
    shown = _shown(request, people)
    context = _page(
        request,
        row,
        posting=posting,
        people=people,
        shown=shown,
        blocks=_blocks(posting, shown) if shown else [],
        subject=_subject(posting, shown) if shown and posting.how == MailOut.How.MAIL else "",
        sender=posting.sender.split("\n"),
        address=letters.address_lines(shown)[0] if shown else [],
        blocked=suppressed_among(one.email for one in people) if posting.how == MailOut.How.MAIL else set(),
        opted_out=pages.opted_out_of(posting),
        closed=mailings.why_closed(row.round, now=now()) if posting.status == "draft" else "",
    )
    return render(request, "hubs/recruitment/mail_out.html", context)


def _shown(request: SignedIn, people: list[Prospect]) -> Prospect | None:
    asked = _numbers([request.GET.get("school", "")])
    return next((one for one in people if asked == [one.pk]), people[0] if people else None)


def _blocks(posting: MailOut, shown: Prospect) -> list[Any]:
    """What goes out, word for word, with a link that leads nowhere."""
    if posting.how == MailOut.How.LETTER:
        return letters.blocks_for(posting, shown, letters.url_of(mailings.SAMPLE_TOKEN))
    words, values = _words(posting, shown)
    return wording.blocks_of(wording.pieces_of(words, values))


def _subject(posting: MailOut, shown: Prospect) -> str:
    return wording.subject_of(*_words(posting, shown))


def _words(posting: MailOut, shown: Prospect) -> tuple[wording.Wording, dict[str, object]]:
    given = {**mailings.mail_context(posting, shown, mailings.SAMPLE_TOKEN), "person": None}
    return wordings([TEMPLATE]).get(TEMPLATE) or shipped(TEMPLATE), values_of(mail_kinds[TEMPLATE], given)


def _decide(request: SignedIn, row: HubRound, posting: MailOut) -> HttpResponse:
    here = (row.hub.slug, row.round.slug)
    try:
        if request.POST.get("do") == "drop":
            mailings.drop(posting, by=request.user)
            messages.success(request, "Nothing was sent. The schools are still on your list.")
            return redirect("prospect_list", *here)
        sent = mailings.send(posting, by=request.user, now=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("mail_out", *here, posting.pk)
    named = _numbers(request.POST.getlist("person"))
    left = pages.listed(row).filter(pk__in=named).exclude(mail_out=sent.pk)
    if left:
        messages.warning(
            request,
            f"Left out, as nothing may be sent to them now: {and_list([one.school for one in left])}.",
        )
    if sent.how == MailOut.How.MAIL:
        count = sent.prospects.count()
        messages.success(request, f"{counted(count, 'school')} invited. You see here who opens and answers.")
        return redirect("prospect_list", *here)
    messages.success(request, "The letters are being made. This takes a minute at most.")
    return redirect("mail_out", *here, posting.pk)


@require_safe
def mail_out_preview(request: SignedIn, slug: str, round_slug: str, pk: int) -> HttpResponse:
    """One letter as it will be printed; its link leads nowhere."""
    row = _hub_round(request, slug, round_slug)
    posting = _mail_out(request, row, pk)
    people = list(posting.prospects.select_related("school").order_by("school__name", "pk"))
    shown = _shown(request, people)
    if shown is None:
        return redirect("mail_out", slug, round_slug, pk)
    content = mailings.preview(posting, shown, now=now())
    headers = {
        "Content-Disposition": 'attachment; filename="Preview.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)
