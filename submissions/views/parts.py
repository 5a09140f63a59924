"""A part's page: its text with everything beside it, and its moves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate
from psqm_portal.core.sending_middleware import wants_json
from psqm_portal.core.templatetags.portal import clock_time, counted
from submissions.domain.feedback import asked_since_sent
from submissions.domain.part_machine import part_machine
from submissions.domain.writing import save_text, text_mark, why_not_editable
from submissions.forms.moves import ReasonForm
from submissions.forms.work import TextForm
from submissions.models import Part
from submissions.pages.earlier import last_time
from submissions.pages.feedback import feedback_context, words_of_part
from submissions.pages.parts import (
    contents_for,
    help_for,
    neighbours_of,
    part_status,
    part_turn,
)
from submissions.pages.sight import Sight, load, load_part
from submissions.pages.ties import choosable
from submissions.queries import hub_people, school_people


@require_safe
def reflection(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    return _show(request, pk, kind=Part.Kind.REFLECTION, code=code)


@require_safe
def core_document(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    return _show(request, pk, kind=Part.Kind.CORE_DOCUMENT, code=code)


@require_POST
def part_text(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Saves what was typed: by the button, or as it is typed, which answers in JSON."""
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    if not sight.writes or own.kind == Part.Kind.ACTION_PLAN:
        raise PermissionDenied
    form = TextForm(request.POST, part=own)
    if wants_json(request):
        return _autosave(sight, own, form)
    if (problem := _problem_of_saving(request, sight, own, form)) is not None:
        return problem
    if "send" in request.POST:
        return redirect("part_action", pk, own.pk, "send")
    messages.success(request, f"Saved at {clock_time(sight.now)}. Nobody else is told until you send it.")
    return redirect(own)


def _problem_of_saving(request: HttpRequest, sight: Sight, own: Part, form: TextForm) -> HttpResponse | None:
    """Saves the text; else the page that says why not, with what was typed."""
    if not form.is_valid():
        return _page(request, sight, own, form=form)
    text = form.cleaned_data["text"]
    if "merge" in request.POST:
        return _conflict(request, sight, own, mine=f"{own.text}\n\n{text}", standing=own.text)
    try:
        save_text(own, text, seen=form.cleaned_data["seen"], by=sight.person, now=sight.now)
    except OutOfDate as newer:
        return _conflict(request, sight, own, mine=text, standing=newer.standing)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, sight, own, form=form)
    return None


def _autosave(sight: Sight, part: Part, form: TextForm) -> JsonResponse:
    """For a page that saves itself as it is typed: a line to show, and the mark of the text that stands."""
    if not form.is_valid():
        return JsonResponse({"said": "This text is too long to keep. Shorten it."}, status=422)
    data = form.cleaned_data
    try:
        saved = save_text(part, data["text"], seen=data["seen"], by=sight.person, now=sight.now)
    except OutOfDate as newer:
        said = "Somebody else has saved a newer text. Press “Save” to see both: nothing is lost."
        marks = {"seen": text_mark(newer.standing)}
        return JsonResponse({"said": said, "fields": marks, "standing": {"text": newer.standing}}, status=409)
    except Refused as refused:
        return JsonResponse({"said": str(refused)}, status=422)
    said = f"Saved at {clock_time(sight.now)}"
    return JsonResponse({"said": said, "fields": {"seen": text_mark(saved.text)}})


def _conflict(request: HttpRequest, sight: Sight, part: Part, *, mine: str, standing: str) -> HttpResponse:
    """Both texts side by side; saving from here is saving on top of the one that stands."""
    form = TextForm(initial={"text": mine, "seen": text_mark(standing)}, part=part)
    newest = part.versions.select_related("saved_by").order_by("-number").first()
    context = {"sight": sight, "submission": sight.submission, "part": part, "text_form": form,
               "mine": mine, "standing": standing, "newest": newest}  # fmt: skip
    return render(request, "submissions/conflict.html", context, status=409)


# What each move of a part says before and after it: (button's page title, what will happen, done)
MOVES: dict[str, tuple[str, str, str]] = {
    "send": (
        "Send {part} to your hub leader",
        (
            "Your hub leader reads it and signs it off or returns it with feedback. "
            "Until they answer you can read it but not change it."
        ),
        "You sent {part} to your hub leader. You can change it again if they return it.",
    ),
    "return": (
        "Return {part} with feedback",
        "The school reads your feedback beside its text and can change it and send it again.",
        "You returned {part}. We've told the school’s subject leaders.",
    ),
    "sign_off": (
        "Sign off {part}",
        (
            "The text, its evidence and the captions are kept as they are now. "
            "The school can't change them unless you reopen it."
        ),
        "You signed off {part}. We've told the school’s subject leaders.",
    ),
    "reopen": (
        "Reopen {part}",
        "The sign-off is undone. The school can change it and sends it to you again.",
        "You reopened {part}. We've told the school’s subject leaders.",
    ),
}
NEEDS_FEEDBACK = {"return", "reopen"}


@require_http_methods(["GET", "HEAD", "POST"])
def part_action(request: HttpRequest, pk: int, part: int, action: str) -> HttpResponse:
    """Send, return, sign off or reopen one part: a page that says what will happen, then the move."""
    if action not in MOVES:
        raise Http404
    sight = load(request, pk)
    own = load_part(sight, pk=part)
    move = part_machine.moves[action]
    if not move.who & sight.roles:
        raise PermissionDenied
    back = (
        reverse("sign_off", args=[pk]) + f"#part-{own.pk}"
        if "from_sign_off" in {*request.GET, *request.POST}
        else own.get_absolute_url()
    )
    asked = asked_since_sent(own).count() if action == "return" else 0
    needs = action in NEEDS_FEEDBACK
    form = ReasonForm(request.POST or None, label="Your feedback", required=not asked) if needs else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        try:
            part_machine.perform(own, action, by=sight.person, now=sight.now, reason=reason)
        except Refused as refused:
            if form is None:
                messages.error(request, str(refused))
                return redirect(back)
            form.add_error(None, str(refused))
        else:
            messages.success(request, MOVES[action][2].format(part=own.title))
            return redirect(back)
    return _confirm(request, sight, own, action, form=form, back=back, asked=asked)


def _confirm(
    request: HttpRequest,
    sight: Sight,
    part: Part,
    action: str,
    *,
    form: ReasonForm | None,
    back: str,
    asked: int,
) -> HttpResponse:
    title, happens, _ = MOVES[action]
    if asked:
        happens += f" You have {counted(asked, 'open comment')} on it already, so you needn't write more."
    offers = {offer.action: offer for offer in part_machine.offers(part, by=sight.person, now=sight.now)}
    offer = offers.get(action)
    people = (
        hub_people(sight.submission, Role.HUB_LEADER)
        if action == "send"
        else school_people(sight.submission, Role.SUBJECT_LEADER)
    )
    closed = part_machine.label(part.status)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "part": part,
        "form": form,
        "title": title.format(part=part.title),
        "happens": happens,
        "button": _button(part, action),
        "people": list(people),
        "why_not": offer.why_not if offer else f"This can't be done now: it is {closed}.",
        "back": back,
        "hidden": {"from_sign_off": "1"} if "/sign-off/#" in back else {},
    }
    return render(request, "submissions/part_action.html", context)


def _button(part: Part, action: str) -> str:
    """A plan is approved, everything else is signed off."""
    if action == "sign_off" and part.kind == Part.Kind.ACTION_PLAN:
        return "Approve the action plan"
    return part_machine.moves[action].label


def _show(request: HttpRequest, pk: int, **which: object) -> HttpResponse:
    sight = load(request, pk)
    return _page(request, sight, load_part(sight, **which))


def _page(request: HttpRequest, sight: Sight, part: Part, form: TextForm | None = None) -> HttpResponse:
    context = part_context(sight, part)
    if context["editable"]:
        text_form = form or TextForm(initial={"text": part.text, "seen": text_mark(part.text)}, part=part)
        context |= {"text_form": text_form, "form": form, "limit": text_form.limit}
    elif form is not None:
        # It closed while they typed: their words stay on the page, to be copied.
        context |= {"form": form, "lost_text": form.cleaned_data.get("text", "")}
    return render(request, "submissions/part.html", context)


def part_context(sight: Sight, part: Part) -> dict[str, Any]:
    """What the pages of all kinds of part share."""
    content = contents_for(sight, [part])[part.pk]
    started = bool(content.text.strip() or content.rows or content.evidence)
    offers = {offer.action: offer for offer in part_machine.offers(part, by=sight.person, now=sight.now)}
    status, _ = part_status(part, started=started)
    editable = sight.writes and why_not_editable(part) is None
    return {
        "sight": sight,
        "submission": sight.submission,
        "part": part,
        "content": content,
        "status": status,
        "turn": part_turn(part, sight),
        "help": help_for(part),
        "offers": offers,
        "sign_off_label": _button(part, "sign_off"),
        "editable": editable,
        "why_not": why_not_editable(part) if sight.writes else None,
        "neighbours": neighbours_of(part),
        "last_time": last_time(sight, part),
        "choosable": choosable(sight, part) if editable and part.kind != Part.Kind.ACTION_PLAN else [],
        **feedback_context(sight, part, shown=words_of_part(content)),
    }
