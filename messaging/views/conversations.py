from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from messaging.queries import conversations_of, rows_for

PAGE = 50


@require_safe
def conversations(request: HttpRequest) -> HttpResponse:
    """A person's own conversations, the latest word first."""
    user = request.user
    page = Paginator(conversations_of(user), PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    rows = rows_for(user, list(page))  # type: ignore[arg-type]  # signed in: the middleware asks
    return render(request, "messaging/messages.html", {"page": page, "rows": rows})
