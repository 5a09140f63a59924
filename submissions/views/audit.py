from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate, mark_of
from psqm_portal.core.sending_middleware import wants_json
from psqm_portal.core.templatetags.portal import clock_time
from rounds.models import Descriptor
from submissions.domain.writing import save_audit
from submissions.forms.audit import AuditForm
from submissions.models import AuditEntry
from submissions.pages.earlier import audit_last_time
from submissions.pages.sight import Sight, load


@require_http_methods(["GET", "HEAD", "POST"])
def submission_audit(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    entries = list(
        sight.submission.audit.select_related("criterion__strand").prefetch_related(
            Prefetch("criterion__descriptors", Descriptor.objects.select_related("level"))
        )
    )
    if request.method != "POST":
        return _page(request, sight, AuditForm(entries=entries))
    if Role.SUBJECT_LEADER not in sight.roles:
        raise PermissionDenied
    form = AuditForm(request.POST, entries=entries)
    newer: dict[int, dict[str, Any]] = {}
    if form.is_valid():
        try:
            save_audit(sight.submission, form.changed(), by=sight.person, seen=form.seen())
        except OutOfDate as conflict:
            newer = conflict.standing
        except Refused as refused:
            form.add_error(None, str(refused))
    return (_answer_in_json if wants_json(request) else _answer)(request, sight, form, newer)


def _answer(
    request: HttpRequest, sight: Sight, form: AuditForm, newer: dict[int, dict[str, Any]]
) -> HttpResponse:
    if newer:
        form.show_newer(newer)
        return _page(request, sight, form, status=409)
    return _page(request, sight, form) if form.errors else _saved(request, sight)


def _answer_in_json(
    _: HttpRequest, sight: Sight, form: AuditForm, newer: dict[int, dict[str, Any]]
) -> HttpResponse:
    """For a page that saves itself as it is filled in."""
    if newer:
        return _newer_as_json(newer)
    if form.errors:
        said = form.non_field_errors() or ["Some notes are too long to keep. Shorten them."]
        return JsonResponse({"said": said[0]}, status=422)
    return JsonResponse({"said": f"Saved at {clock_time(sight.now)}", "fields": form.marks()})


def _newer_as_json(newer: dict[int, dict[str, Any]]) -> JsonResponse:
    """What stands, and its marks, by the names of the form's fields."""
    fields, standing = {}, {}
    for key, entry in newer.items():
        fields[f"mark_{key}"] = mark_of(entry)
        standing[f"notes_{key}"] = entry["notes"]
        standing[f"rating_{key}"] = [] if entry["rating"] is None else [str(entry["rating"])]
        standing[f"priority_{key}"] = ["on"] if entry["is_priority"] else []
    said = "Somebody else has saved the audit too. Press “Save the audit” to see both: nothing is lost."
    return JsonResponse({"said": said, "fields": fields, "standing": standing}, status=409)


def _saved(request: HttpRequest, sight: Sight) -> HttpResponse:
    missing = _missing(list(sight.submission.audit.select_related("criterion")))
    if missing:
        messages.success(request, f"Saved. Not rated yet: {', '.join(missing)}.")
        return redirect("submission_audit", sight.submission.pk)
    messages.success(request, "Saved. Every criterion is rated, so you can propose a level.")
    return redirect("submission_level", sight.submission.pk)


def _missing(entries: list[AuditEntry]) -> list[str]:
    return [entry.criterion.code for entry in entries if entry.rating is None]


def _page(request: HttpRequest, sight: Sight, form: AuditForm, status: int = 200) -> HttpResponse:
    missing = _missing(form.entries)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "form": form,
        "missing": missing,
        "rated": len(form.entries) - len(missing),
        "whole": len(form.entries),
        **audit_last_time(sight),
    }
    return render(request, "submissions/audit.html", context, status=status)
