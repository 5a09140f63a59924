from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from messaging.views.talking import talk_page
from submissions.pages.sight import load
from submissions.pages.talk import talk_about


@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """The talk between a school and its hub; HQ reads it."""
    sight = load(request, pk)
    return talk_page(
        request,
        talk_about(sight.submission, sight.roles),
        template="submissions/conversation.html",
        now=sight.now,
        context={"sight": sight, "submission": sight.submission},
    )
