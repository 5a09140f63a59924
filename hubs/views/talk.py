from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from hubs.talk import begin, talk_with
from messaging.slots import Talk
from messaging.views.talking import talk_page
from psqm_portal.core.clock import now
from rounds.views.access import SignedIn


@require_safe
def talk_with_hq(request: SignedIn) -> HttpResponse:
    """The short address of a hub leader's own conversation with HQ."""
    if talk_with(request.user, request.user, now=now()) is None:
        raise Http404
    return redirect("leader_talk", request.user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def leader_talk(request: SignedIn, pk: int) -> HttpResponse:
    """The talk between one hub leader and HQ. Whoever writes first begins it."""
    moment, leader = now(), get_object_or_404(User, pk=pk)
    talk = talk_with(leader, request.user, now=moment)
    if talk is None:
        raise Http404

    def began() -> Talk:
        return replace(talk, conversation=begin(leader, now=moment).conversation)

    context = {"leader": leader, "is_own": leader == request.user}
    return talk_page(
        request, talk, template="hubs/leader_talk.html", now=moment, context=context, began=began
    )
