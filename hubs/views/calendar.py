"""One training session, or one of HQ's meetings, as a calendar file."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from hubs import queries
from hubs.calendar import meeting_history, of_meeting, of_session, session_history
from hubs.domain.meetings import meetings_visible_to
from hubs.models import TrainingSession
from hubs.views.gatherings import calendar_file
from rounds.views.access import SignedIn


@require_safe
def session_calendar(request: SignedIn, slug: str, round_slug: str, step: str) -> HttpResponse:
    """For whoever leads, mentors or comes, and HQ. It takes the date's place where the feed brought it."""
    rows = queries.sessions_visible_to(request.user).select_related("hub_round__hub", "hub_round__round")
    session: TrainingSession = get_object_or_404(
        rows, hub_round__hub__slug=slug, hub_round__round__slug=round_slug, step=step
    )
    hub = str(session.hub_round.hub)
    page = reverse("session_page", args=[session.pk])
    one = of_session(session, url=page, history=session_history([session]), about=hub)
    return calendar_file(one, f"{one.title} {hub}")


@require_safe
def leader_meeting_calendar(request: SignedIn, pk: int) -> HttpResponse:
    meeting = get_object_or_404(meetings_visible_to(request.user), pk=pk)
    return calendar_file(of_meeting(meeting, history=meeting_history([meeting])), meeting.title)
