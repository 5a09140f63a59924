"""Saving a review's form, of a school's work or the practice one: by the button or as it is typed."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from awards.forms.reviews import ReviewForm
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate
from psqm_portal.core.sending_middleware import wants_json
from psqm_portal.core.templatetags.portal import clock_time

NEWER = "You saved this review in another window too. Press “Save and check” to see both: nothing is lost."


def save(
    request: HttpRequest, form: ReviewForm, keeps: Callable[[], object], *, back: str
) -> HttpResponse | None:
    """None where another window's words are newer: the page shows both. A field that isn't right is left as
    it was before, the others are kept.
    """
    form.is_valid()
    try:
        keeps()
    except OutOfDate as newer:
        if wants_json(request):
            fields, standing = form.newer_as_fields(newer.standing)
            said = {"said": NEWER, "fields": fields, "standing": standing}
            return JsonResponse(said, status=HTTPStatus.CONFLICT)
        form.show_newer(newer.standing)
        return None
    except Refused as refused:
        if wants_json(request):
            return JsonResponse({"said": str(refused)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        messages.error(request, str(refused))
        return redirect(back)
    return _saved(request, form, back)


def _saved(request: HttpRequest, form: ReviewForm, back: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"said": f"Saved at {clock_time(now())}", "fields": form.marks()})
    if "complete" in request.POST:
        return redirect(f"{back}complete/")
    messages.success(request, "Your review is saved. It isn't sent to HQ yet.")
    return redirect(back)
