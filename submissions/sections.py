"""What submissions add to the pages of apps below: the messages list, a hub's schools, a school's work."""

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from hubs.models import HubRound
from hubs.slots import hub_round_sections
from messaging.registers import ConversationSource, conversation_sources
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from schools.models import School
from schools.registers import school_sections
from submissions.pages import desk, talk
from submissions.pages.listing import load, rows_for
from submissions.pages.sight import places_in
from submissions.queries import listed_for


def schools_of_hub(request: HttpRequest, hub_round: HubRound) -> tuple[str, dict[str, Any]]:
    """A hub's schools in one round, as they stand on the desk."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    found = listed_for(places).filter(hub=hub_round.hub_id, round=hub_round.round_id)
    rows = desk.rows_of(found, person, places, now=clock.now())
    return "submissions/_hub_schools.html", {"rows": desk.ordered(rows, "school"), "hub_round": hub_round}


def work_of_school(request: HttpRequest, school: School) -> tuple[str, dict[str, Any]] | None:
    """A school's submissions, the newest first."""
    places = places_in(request)
    found = listed_for(places).filter(school=school).order_by("-enrolled_at")
    knows = bool(places.hq & {Role.HQ_ADMIN, Role.HQ_VIEWER})
    shown = load(list(found.values_list("pk", flat=True)))
    rows = rows_for(shown, places, knows=knows, today=clock.london_day(clock.now()))
    return ("submissions/_school_work.html", {"rows": rows}) if rows else None


if schools_of_hub not in hub_round_sections:
    hub_round_sections.append(schools_of_hub)
if work_of_school not in school_sections:
    school_sections.append(work_of_school)
conversation_sources.append(
    ConversationSource(
        taking_part=talk.taking_part_in, readable=talk.readable, topics=talk.topics, opens=talk.opens
    )
)
