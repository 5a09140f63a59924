"""HQ's invitation letter: its paragraphs, its enclosure, and the schools that want none."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from rules.contrib.views import permission_required

from hubs import slots
from hubs.domain import letters, mailings
from hubs.domain import recruitment as domain
from hubs.forms.recruitment import EnclosureForm, LiftForm, OptOutForm, ParagraphForm, pdf_of
from hubs.models import HubRound, LetterParagraph, MailOut, OptOut, Prospect
from hubs.pages import recruitment as pages
from messaging.domain import wording
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from rounds.models import Round
from rounds.views.access import SignedIn
from schools.models import School
from schools.search import find

edits = permission_required("hubs.edit_letter", raise_exception=True)
PER_PAGE = 50


@edits
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: SignedIn) -> HttpResponse:
    form = (
        EnclosureForm(request.POST or None, request.FILES or None)
        if _asks(request, "enclosure")
        else EnclosureForm()
    )
    if request.method == "POST":
        answer = _change(request, form)
        if answer is not None:
            return answer
    school = School.objects.filter(is_open=True, pk=_number(request.GET.get("school", ""))).first()
    words = str(request.GET.get("q", "")).strip()[:100]
    found = find(words, limit=5) if words else []
    context = {
        "paragraphs": list(LetterParagraph.objects.all()),
        "enclosure": letters.standard_enclosure(),
        "form": form,
        "q": words,
        "found": found,
        "shown": _preview(school or (found[0] if found else None)),
    }
    return render(request, "hubs/recruitment/letter.html", context)


def _asks(request: SignedIn, what: str) -> bool:
    return request.method == "POST" and request.POST.get("do") == what


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def _change(request: SignedIn, form: EnclosureForm) -> HttpResponse | None:
    """Order and enclosure; None: the enclosure's form is wrong."""
    do, moment = request.POST.get("do", ""), now()
    if do == "enclosure":
        if not form.is_valid():
            return None
        stored = pdf_of(form, owner="hq", by=request.user, now=moment)
        if stored is None:
            return None
        letters.set_enclosure(stored, form.cleaned_data["title"], by=request.user, now=moment)
        messages.success(request, "This is the standard enclosure from now on.")
    elif do == "no-enclosure":
        letters.set_enclosure(None, "", by=request.user, now=moment)
        messages.success(request, "There is no standard enclosure any more.")
    elif do in {"up", "down"}:
        row = get_object_or_404(LetterParagraph, pk=_number(request.POST.get("paragraph", "")))
        letters.move(row, up=do == "up", by=request.user, now=moment)
    return redirect("letter")


def _preview(school: School | None) -> dict[str, Any] | None:
    """The whole letter to a real school of a real hub, with everything in that may be left out."""
    hub_round = (
        HubRound.objects.filter(round__status__in=[Round.Status.OPEN, Round.Status.PLANNED])
        .select_related("hub", "round__framework")
        .order_by("-round__year", "pk")
        .first()
    )
    school = school or School.objects.filter(is_open=True).order_by("pk").first()
    if hub_round is None or school is None:
        return None
    standard = letters.standard_enclosure()
    values = letters.shared_values(
        hub_round,
        first_training="Tuesday 22 September at 9.30am",
        enclosure=standard.title if standard else "a science subject leader’s report",
    )
    paragraphs = [{"name": one.name, "text": one.text} for one in LetterParagraph.objects.all()]
    row = MailOut(how=MailOut.How.LETTER, paragraphs=paragraphs, values=values)
    prospect = Prospect(school=school, fee=slots.fee(hub_round.round, school))
    blocks = letters.blocks_for(row, prospect, letters.url_of(mailings.SAMPLE_TOKEN))
    return {
        "school": school,
        "hub": hub_round.hub,
        "round": hub_round.round,
        "blocks": blocks,
        "dear": letters.dear(prospect),
    }


@edits
@require_http_methods(["GET", "HEAD", "POST"])
def letter_paragraph(request: SignedIn, pk: int | None = None) -> HttpResponse:
    row = get_object_or_404(LetterParagraph, pk=pk) if pk is not None else None
    standing = {"name": row.name, "text": row.text} if row else None
    initial = {**(standing or {}), "may_be_left_out": row.may_be_left_out if row else True}
    initial["is_in_by_default"] = row.is_in_by_default if row else True
    if row is not None and _asks(request, "remove"):
        letters.remove(row, by=request.user, now=now())
        messages.success(request, f"“{row.name}” isn’t in the letter any more.")
        return redirect("letter")
    form = ParagraphForm(request.POST or None, standing=standing, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            letters.save_paragraph(row, **form.words(), by=request.user, now=now(), seen_mark=form.seen)
        except OutOfDate as newer:
            return conflict_page(request, form, newer.standing, what="this paragraph", back=request.path)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "Invitations say it from now on. Those that were written stay as they are."
            )
            return redirect("letter")
    context = {"paragraph": row, "form": form, "fields": letters.FIELDS, "strange": _unknown(form)}
    return render(request, "hubs/recruitment/paragraph.html", context)


def _unknown(form: ParagraphForm) -> list[str]:
    return wording.strange_fields(str(form["text"].value() or ""), letters.FIELDS)


# Schools that want no invitations --------------------------------------------------------------------


@edits
@require_http_methods(["GET", "HEAD", "POST"])
def opt_outs(request: SignedIn) -> HttpResponse:
    words = str(request.GET.get("find", "")).strip()[:100]
    found = find(words, limit=10) if words else []
    form = OptOutForm(request.POST or None, schools=found)
    if request.method == "POST" and form.is_valid():
        school, reason = form.cleaned_data["school"], form.cleaned_data["reason"]
        domain.opt_out(school, reason=reason, by=request.user, now=now())
        messages.success(request, f"{school} gets no invitations from any hub from now on.")
        return redirect("opt_outs")
    listed = str(request.GET.get("q", "")).strip()[:100]
    page = Paginator(pages.opt_outs(listed), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "find": words, "found": found, "q": listed, "page": page}
    return render(request, "hubs/recruitment/opt_outs.html", context)


@edits
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out_lift(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(OptOut.objects.select_related("school", "by"), pk=pk)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        domain.lift(row, reason=form.cleaned_data["reason"], by=request.user, now=now())
        messages.success(request, f"Hubs may invite {row.school} again.")
        return redirect("opt_outs")
    return render(request, "hubs/recruitment/opt_out_lift.html", {"row": row, "form": form})
