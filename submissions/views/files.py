"""Adding files to the evidence: each on its own way, one form that says what they are.

With scripts the files come by tus while the person writes; without, with the form. Both are the same rows.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psqm_portal.core.files import tus, uploads
from psqm_portal.core.files.storing import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import Upload
from psqm_portal.core.templatetags.portal import counted
from submissions.domain import incoming as domain
from submissions.forms.files import FilesForm, OneFileForm
from submissions.models import Incoming, Part
from submissions.pages.sight import Sight, load

Status = Upload.Status


def add_files(request: HttpRequest, sight: Sight, context: dict[str, Any]) -> HttpResponse:
    """The page of ``evidence_new`` for files; ``context`` has what its other kinds show too."""
    part: Part | None = context["part"]
    came = request.FILES.getlist("files") if request.method == "POST" else []
    new, bad = _receive(sight, came)
    rows = domain.on_the_way(sight.submission, upload__person=sight.person)
    forms = [_form_of(row, request, new) for row in rows if row.upload.status != Status.REFUSED]
    bound = [form for form in forms if form.is_bound]
    form = FilesForm(
        request.POST if request.method == "POST" else None,
        parts=context["parts"],
        needed=not bound or not all(one.speaks_for_itself for one in bound),
        initial={"parts": [part.pk] if part else []},
    )
    if request.method == "POST" and _is_right(form, bound, bad) and _said(sight, form, bound):
        for sentence in bad:
            messages.error(request, sentence)
        _tell(request, sight, bound)
        return redirect(part or reverse("evidence", args=[sight.submission.pk]))
    by_row = {one.incoming.pk: one for one in forms}
    context |= {
        "form": form,
        "all_forms": [form, *bound],
        "rows": [(row, by_row.get(row.pk)) for row in rows],
        "count": len(by_row),
        "done_url": part.get_absolute_url() if part else reverse("evidence", args=[sight.submission.pk]),
    }
    return render(request, "submissions/evidence_files.html", context)


def _receive(sight: Sight, came: list[Any]) -> tuple[set[int], list[str]]:
    """Keeps each file that can be; returns their rows, and a sentence for each that can't."""
    new, bad = set(), []
    for file in came:
        try:
            new.add(domain.receive(sight.submission, file, by=sight.person, now=sight.now).pk)
        except (BadFile, Refused) as why:
            bad.append(str(why))
    return new, bad


def _form_of(row: Incoming, request: HttpRequest, new: set[int]) -> OneFileForm:
    """Bound where its fields were sent, or where the file came with this form."""
    prefix = f"file-{row.pk}"
    if f"{prefix}-title" in request.POST:
        return OneFileForm(request.POST, incoming=row)
    if row.pk in new:
        return OneFileForm({f"{prefix}-title": row.title}, incoming=row)
    return OneFileForm(incoming=row)


def _is_right(form: FilesForm, bound: list[OneFileForm], bad: list[str]) -> bool:
    """All forms are asked, so that each shows what is wrong with it."""
    right = [form.is_valid(), *(one.is_valid() for one in bound)]
    if not bound:
        for sentence in bad or ["Choose one file or more"]:
            form.add_error("files", sentence)
    elif not all(right):
        for sentence in bad:
            form.add_error("files", sentence)
    return all(right) and bool(bound)


def _said(sight: Sight, form: FilesForm, bound: list[OneFileForm]) -> bool:
    said = {one.incoming.pk: one.said(form.cleaned_data) for one in bound}
    try:
        domain.say(sight.submission, said, by=sight.person, now=sight.now)
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    return True


def _tell(request: HttpRequest, sight: Sight, bound: list[OneFileForm]) -> None:
    own = sight.submission.incoming.filter(pk__in=[one.incoming.pk for one in bound])
    added = own.filter(evidence__isnull=False).count()
    coming = own.filter(evidence=None).exclude(upload__status=Status.REFUSED).count()
    if added:
        is_are = "is" if added == 1 else "are"
        messages.success(request, f"{counted(added, 'file')} {is_are} added to your evidence.")
    if coming:
        joins = "It joins" if coming == 1 else "They join"
        messages.info(
            request,
            f"{counted(coming, 'file')} on the way. {joins} your evidence when checked, within minutes.",
        )


def _writing(request: HttpRequest, pk: int) -> Sight:
    sight = load(request, pk)
    if not sight.writes:
        raise PermissionDenied
    return sight


@require_http_methods(["POST", "OPTIONS"])
def evidence_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """tus creation: room for one file."""
    sight = _writing(request, pk)
    if request.method == "OPTIONS":
        return tus.abilities()
    try:
        name, size = tus.announced(request)
        row = domain.begin(sight.submission, name=name, size=size, by=sight.person, now=sight.now)
    except tus.NotTus as wrong:
        return tus.answer(wrong.status)
    except (BadFile, Refused) as why:
        return tus.refused(why)
    return tus.created(row.upload, row=reverse("evidence_upload_row", args=[pk, row.pk]))


def _own(sight: Sight, row: int) -> Incoming:
    rows = sight.submission.incoming.filter(upload__person=sight.person).select_related("upload__person")
    return get_object_or_404(rows, pk=row)


@require_safe
def evidence_upload_row(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """One file's row as the page shows it; gone once it is evidence."""
    sight = _writing(request, pk)
    own = _own(sight, row)
    rows = domain.on_the_way(sight.submission, pk=own.pk)
    if not rows:
        return HttpResponse(status=204)
    form = OneFileForm(incoming=rows[0]) if rows[0].upload.status != Status.REFUSED else None
    context = {"sight": sight, "submission": sight.submission, "row": rows[0], "form": form}
    return render(request, "submissions/_upload_row.html", context)


@require_POST
def evidence_upload_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Takes a file away that isn't evidence yet, or a refusal that was read."""
    sight = _writing(request, pk)
    own = _own(sight, row)
    try:
        uploads.cancel(own.upload, now=sight.now)
    except Refused as why:
        messages.error(request, str(why))
    if request.POST.get("from") == "list":
        return redirect("evidence", pk)
    part = request.POST.get("part", "")
    more = f"?part={part}" if part.isdecimal() and len(part) < 19 else ""
    return redirect(reverse("evidence_new", args=[pk]) + more)


@require_safe
def evidence_on_the_way(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the evidence's page that changes while files are checked."""
    sight = _writing(request, pk)
    return render(request, "submissions/_on_the_way.html", on_the_way_context(sight))


def on_the_way_context(sight: Sight) -> dict[str, Any]:
    """What isn't evidence yet, for who works on it; nobody else sees a file before it is one."""
    rows = domain.on_the_way(sight.submission) if sight.writes else []
    return {
        "sight": sight,
        "submission": sight.submission,
        "coming": rows,
        "is_checking": any(row.upload.status == Status.CHECKING for row in rows),
    }
