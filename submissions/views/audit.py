from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
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
    if not form.is_valid():
        return _page(request, sight, form)
    try:
        save_audit(sight.submission, form.changed(), by=sight.person)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, sight, form)
    return _saved(request, sight)


def _saved(request: HttpRequest, sight: Sight) -> HttpResponse:
    missing = _missing(list(sight.submission.audit.select_related("criterion")))
    if missing:
        messages.success(request, f"Saved. Not rated yet: {', '.join(missing)}.")
        return redirect("submission_audit", sight.submission.pk)
    messages.success(request, "Saved. Every criterion is rated, so you can propose a level.")
    return redirect("submission_level", sight.submission.pk)


def _missing(entries: list[AuditEntry]) -> list[str]:
    return [entry.criterion.code for entry in entries if entry.rating is None]


def _page(request: HttpRequest, sight: Sight, form: AuditForm) -> HttpResponse:
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
    return render(request, "submissions/audit.html", context)
