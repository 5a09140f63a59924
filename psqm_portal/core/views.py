import json
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core import drafts, sendings
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.templatetags.portal import long_datetime


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Up: this process answers. It asks no database, so a slow one doesn't take the web away."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
def typed(request: HttpRequest) -> JsonResponse:
    """For the pages' scripts: a person's own unsent words, by ``?form=``; and with ``?sent=`` which sendings
    led somewhere. The token lets a page that outlived its session go on.
    """
    if request.method == "PUT":
        return _keep(request)
    person: Any = request.user
    if request.method == "DELETE":
        drafts.drop(person.pk, request.GET.get("form", ""))
        return JsonResponse({})
    return JsonResponse(
        {
            "person": person.pk,
            "token": get_token(request),
            "sent": sendings.sent(person, request.GET.getlist("sent")),
            "drafts": {
                draft.form: {
                    "fields": draft.fields,
                    "at": draft.saved_at,
                    "said": long_datetime(draft.saved_at),
                }
                for draft in drafts.kept(person, request.GET.getlist("form"))
            },
        }
    )


def _keep(request: HttpRequest) -> JsonResponse:
    if len(request.body) > 2 * drafts.MOST_BYTES:
        return JsonResponse({"said": "Too long to keep."}, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        fields = _fields_of(json.loads(request.body)["fields"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"said": "These are no fields."}, status=HTTPStatus.BAD_REQUEST)
    person: Any = request.user
    try:
        drafts.keep(person.pk, request.GET.get("form", ""), fields, now=now())
    except Refused as refused:
        return JsonResponse({"said": str(refused)}, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    # Asked afterwards: a form that began in between has dropped its draft already, or will.
    if sendings.has_begun(person, request.GET.get("sending", "")):
        drafts.drop(person.pk, request.GET["form"])
        return JsonResponse({"said": "Sent"})
    return JsonResponse({"said": "Kept"})


def _fields_of(given: dict[str, Any]) -> drafts.Fields:
    return {str(name): [str(value) for value in values] for name, values in given.items()}


@require_safe
def kept_words(request: HttpRequest) -> HttpResponse:
    """Without scripts: what was sent after the session had ended, to be sent on by one button."""
    person: Any = request.user
    found = drafts.kept(person, [request.GET.get("form", "")])
    if not found or not found[0].form.startswith("/") or found[0].form.startswith("//"):
        raise Http404
    fields = found[0].fields
    context = {
        "draft": found[0],
        "pairs": [(name, value) for name, values in fields.items() for value in values],
        "words": [value for values in fields.values() for value in values if " " in value.strip()],
    }
    return render(request, "core/kept_words.html", context)
