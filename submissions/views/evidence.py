"""Evidence: the list, one piece, adding, changing, consent, taking away."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from submissions import rules
from submissions.domain import evidence as domain
from submissions.domain.writing import why_not_editable
from submissions.forms.evidence import ChildrenForm, EvidenceForm, LinkForm, NoteForm, TitleForm
from submissions.models import Evidence, EvidenceLink, Part
from submissions.pages.feedback import feedback_context, words_of_piece
from submissions.pages.parts import is_hidden
from submissions.pages.sight import Sight, attempt, load, load_piece
from submissions.views.files import add_files, on_the_way_context

FORMS: dict[str, type[EvidenceForm]] = {"link": LinkForm, "note": NoteForm}
PER_PAGE = 50


@require_safe
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    links = Prefetch(
        "links", EvidenceLink.objects.select_related("part__criterion").order_by("part__position")
    )
    pieces = sight.submission.evidence.filter(removed_at=None).select_related("file").prefetch_related(links)
    page = Paginator(pieces, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "piece": piece,
            "hidden": is_hidden(piece, sight.today),
            "links": list(piece.links.all()),
            "without_caption": any(not link.caption for link in piece.links.all()),
        }
        for piece in page
    ]
    context = {"page": page, "rows": rows, **on_the_way_context(sight)}
    return render(request, "submissions/evidence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_new(request: HttpRequest, pk: int) -> HttpResponse:
    """``?kind=`` file, link or note; ``?part=`` ticks a part and comes back to it."""
    sight = load(request, pk)
    if not sight.writes:
        raise PermissionDenied
    if (sentence := sight.why_not_writable) is not None:
        messages.error(request, sentence)
        return redirect("evidence", pk)
    kind = request.GET.get("kind", "file")
    form_class = FORMS.get(kind)
    parts = _open_parts(sight)
    asked = request.GET.get("part", "")
    part = parts.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    context = {
        "sight": sight,
        "submission": sight.submission,
        "part": part,
        "parts": parts,
        "tabs": _tabs(kind, part),
        "back": part.get_absolute_url() if part else reverse("evidence", args=[pk]),
    }
    if form_class is None:
        return add_files(request, sight, context)
    form = form_class(request.POST or None, parts=parts, initial={"parts": [part.pk] if part else []})
    if request.method == "POST" and form.is_valid() and _added(sight, form):
        messages.success(request, f"{form.cleaned_data['title']} is added to your evidence.")
        return redirect(part or reverse("evidence", args=[pk]))
    return render(request, "submissions/evidence_new.html", {**context, "form": form})


def _added(sight: Sight, form: EvidenceForm) -> bool:
    data = form.cleaned_data
    try:
        domain.add(
            sight.submission,
            by=sight.person,
            now=sight.now,
            title=data["title"],
            parts=data["parts"],
            caption=data["caption"],
            **form.thing(),
        )
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        return True
    return False


def _open_parts(sight: Sight) -> Any:
    """Reflections and core documents that the school may change now."""
    writable = [Part.Status.DRAFT, Part.Status.RETURNED]
    return sight.submission.parts.filter(status__in=writable).exclude(kind=Part.Kind.ACTION_PLAN)


def _tabs(kind: str, part: Part | None) -> list[dict[str, Any]]:
    more = f"&part={part.pk}" if part else ""
    names = {"file": "File or photo", "link": "Link", "note": "Note"}
    return [
        {"label": label, "url": f"?kind={name}{more}", "active": name == (kind if kind in names else "file")}
        for name, label in names.items()
    ]


@require_safe
def evidence_piece(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    sight = load(request, pk)
    own = load_piece(sight, piece)
    links = list(own.links.select_related("part__criterion").order_by("part__position"))
    for link in links:
        link.part.submission = sight.submission
    fixed = next((link.part for link in links if why_not_editable(link.part) is not None), None)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "piece": own,
        "hidden": is_hidden(own, sight.today),
        "links": [
            {"link": link, "editable": sight.edits and why_not_editable(link.part) is None} for link in links
        ],
        "editable": sight.edits and fixed is None,
        "fixed": fixed if sight.edits else None,
        "withdraws": sight.may(rules.WITHDRAW_CONSENT) and own.consent_withdrawn_at is None
        and own.children == Evidence.Children.CONSENT,
        **feedback_context(sight, own, shown=words_of_piece(own)),
    }  # fmt: skip
    return render(request, "submissions/evidence_piece.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_change(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    sight = load(request, pk)
    own = load_piece(sight, piece)
    shown = {"file": ("title",), "link": ("title", "url"), "note": ("title", "note")}[own.kind]
    standing = domain.standing_piece(own, shown)
    form = TitleForm(request.POST or None, kind=own.kind, initial=standing, standing=standing)
    return _changing(request, sight, own, form, title=f"Change {own.title}")


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_children(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    """The school's word on children in a file, given again or for longer."""
    sight = load(request, pk)
    own = load_piece(sight, piece)
    form = ChildrenForm(
        request.POST or None,
        initial={
            "children": own.children,
            "consent_uses": own.consent_uses,
            "consent_until": own.consent_until,
        },
    )
    return _changing(request, sight, own, form, title=f"Children in {own.title}")


def _changing(request: HttpRequest, sight: Sight, piece: Evidence, form: Any, *, title: str) -> HttpResponse:
    if not sight.writes:
        raise PermissionDenied
    here = reverse("evidence_piece", args=[sight.submission.pk, piece.pk])
    if request.method == "POST" and form.is_valid():
        try:
            domain.change(piece, by=sight.person, now=sight.now, **form.cleaned_data)
        except OutOfDate as newer:
            return conflict_page(request, form, newer.standing, what=piece.title, back=here)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Saved.")
            return redirect(here)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "piece": piece,
        "form": form,
        "title": title,
        "back": here,
    }
    return render(request, "submissions/evidence_change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_consent(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    """Withdraw consent: at any stage, by anybody of the school."""
    sight = load(request, pk)
    own = load_piece(sight, piece)
    if not sight.may(rules.WITHDRAW_CONSENT):
        raise PermissionDenied
    if request.method == "POST":
        domain.withdraw_consent(own, by=sight.person, now=sight.now)
        messages.success(request, f"Consent is withdrawn. Nobody can open {own.title} any more.")
        return redirect("evidence_piece", pk, own.pk)
    context = {"sight": sight, "submission": sight.submission, "piece": own}
    return render(request, "submissions/evidence_consent.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_remove(request: HttpRequest, pk: int, piece: int) -> HttpResponse:
    sight = load(request, pk)
    own = load_piece(sight, piece)
    if not sight.writes:
        raise PermissionDenied
    if request.method == "POST":
        if attempt(request, lambda: domain.remove(own, by=sight.person, now=sight.now)):
            messages.success(request, f"{own.title} is removed from your evidence.")
            return redirect("evidence", pk)
        return redirect("evidence_piece", pk, own.pk)
    links = own.links.select_related("part")
    context = {"sight": sight, "submission": sight.submission, "piece": own, "links": links}
    return render(request, "submissions/evidence_remove.html", context)
