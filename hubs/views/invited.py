"""A school answers its invitation, by the link in it; the link is all it needs."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hubs import queries, slots
from hubs.domain import letters
from hubs.domain import recruitment as domain
from hubs.forms.recruitment import NoThanksForm
from hubs.models import OptOut, Prospect
from hubs.views.register import begin_for
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile

Status = Prospect.Status


def _is_a_person(request: HttpRequest) -> bool:
    """Mail scanners fetch links without saying that somebody went there; browsers say so (decision 0075)."""
    heads = request.headers
    went = heads.get("Sec-Fetch-Mode") == "navigate" and heads.get("Sec-Fetch-Dest") == "document"
    ahead = "prefetch" in f"{heads.get('Sec-Purpose', '')}{heads.get('Purpose', '')}"
    # Whoever is signed in, such as the hub's leader, isn't the school.
    return request.method == "GET" and went and not ahead and not request.user.is_authenticated


def _over(request: HttpRequest, token: str, row: Prospect | None) -> HttpResponse:
    status = HTTPStatus.GONE if row else HTTPStatus.NOT_FOUND
    return render(
        request, "hubs/recruitment/invited_over.html", {"prospect": row, "token": token}, status=status
    )


# Public: the secret in the link is what lets the school in.
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    row, moment = domain.find_invited(token), now()
    if row is None or domain.is_over(row, now=moment):
        return _over(request, token, row)
    if request.method == "POST" or _is_a_person(request):
        domain.note_opened(row, now=moment)
    takes = queries.taking_registrations(london_day(moment)).filter(pk=row.round_id).exists()
    if request.method == "POST" and takes:
        return redirect(begin_for(request, row.round, row.school, prospect=row.pk))
    posting = row.mail_out
    context = {
        "prospect": row,
        "token": token,
        "dear": letters.dear(row),
        "blocks": letters.blocks_for(posting, row, letters.url_of(token)) if posting else [],
        "values": posting.values if posting else {},
        "enclosure": _enclosure(row),
        "is_opted_out": OptOut.objects.filter(school=row.school_id).exists(),
        "fee": row.fee if row.fee is not None else slots.fee(row.round, row.school),
        "takes": takes,
    }
    return render(request, "hubs/recruitment/invited.html", context)


def _enclosure(row: Prospect) -> StoredFile | None:
    posting = row.mail_out
    if posting is None or posting.enclosure_id is None:
        return None
    return StoredFile.served().filter(pk=posting.enclosure_id).first()


# Public, as above.
@login_not_required
@never_cache
@require_safe
def invited_enclosure(request: HttpRequest, token: str) -> HttpResponseBase:
    """Always as a download: a file that somebody brought is never a page of ours (S16)."""
    row = domain.find_invited(token)
    stored = _enclosure(row) if row and not domain.is_over(row, now=now()) else None
    if stored is None:
        raise Http404
    try:
        content = default_storage.open(stored.key)
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = FileResponse(content, as_attachment=True, filename=stored.name)
    response["Content-Type"] = "application/pdf"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# Public, as above.
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited_decline(request: HttpRequest, token: str) -> HttpResponse:
    row, moment = domain.find_invited(token), now()
    if row is None or domain.is_over(row, now=moment):
        return _over(request, token, row)
    form = NoThanksForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.decline(row, reason=form.cleaned_data["reason"], now=moment)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("invited", token)
    return render(
        request, "hubs/recruitment/invited_decline.html", {"prospect": row, "token": token, "form": form}
    )


# Public, as above. It goes on working when the invitation is over: a school may always object.
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited_opt_out(request: HttpRequest, token: str) -> HttpResponse:
    row = domain.find_invited(token)
    if row is None:
        return _over(request, token, None)
    if request.method == "POST":
        domain.opt_out(row.school, reason="", by=None, now=now())
    is_done = OptOut.objects.filter(school=row.school_id).exists()
    return render(
        request,
        "hubs/recruitment/invited_opt_out.html",
        {"prospect": row, "token": token, "is_done": is_done},
    )
