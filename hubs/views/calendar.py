"""One training session as a calendar file."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from hubs import queries
from hubs.calendar import of_session, session_history
from hubs.models import TrainingSession
from rounds.domain import ical
from rounds.views.access import SignedIn


@require_safe
def session_calendar(request: SignedIn, slug: str, round_slug: str, step: str) -> HttpResponse:
    """For whoever leads, mentors or comes, and HQ. It takes the date's place where the feed brought it."""
    rows = queries.sessions_visible_to(request.user).select_related("hub_round__hub", "hub_round__round")
    session: TrainingSession = get_object_or_404(
        rows, hub_round__hub__slug=slug, hub_round__round__slug=round_slug, step=step
    )
    one = of_session(
        session, url=reverse("calendar"), history=session_history([session]), about=str(session.hub_round.hub)
    )
    name = f"{one.title} {session.hub_round.hub}.ics".replace("/", " ")
    response = HttpResponse(ical.file(one), content_type=ical.CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
