"""What HQ says about uploads, and what it has to know of them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.board.forms import UploadLimitsForm
from psqm_portal.core.clock import now
from psqm_portal.core.files.limits import change_limits
from psqm_portal.core.files.lost import lost_files
from psqm_portal.core.models import HistoryEntry, StoredFile
from submissions.models import Evidence

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("rounds.change_round", raise_exception=True)
def upload_limits(request: HttpRequest) -> HttpResponse:
    """How big one file can be; and below, files that can't be found any more (R08)."""
    form = UploadLimitsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_limits(form.cleaned_data, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
        messages.success(request, "The limits are saved. They count for every upload from now on.")
        return redirect("upload_limits")
    lost = lost_files()
    context = {
        "form": form,
        "lost": _with_owners(list(lost[:SHOWN])),
        "lost_count": lost.count(),
        "history": HistoryEntry.objects.filter(machine="file_limits")
        .select_related("by")
        .order_by("-id")[:10],
    }
    return render(request, "board/upload_limits.html", context)


def _with_owners(files: list[StoredFile]) -> list[dict[str, Any]]:
    """Each with the pieces of evidence that show it."""
    pieces = Evidence.objects.filter(file__in=files, removed_at=None).select_related(
        "submission__school", "submission__round"
    )
    by_file: dict[int, list[Evidence]] = {}
    for piece in pieces:
        by_file.setdefault(piece.file_id or 0, []).append(piece)
    return [{"file": file, "pieces": by_file.get(file.pk, [])} for file in files]
