"""What submissions add to the pages of apps below: the messages list, a hub's schools, a school's work."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from hubs.models import HubRound
from hubs.slots import SchoolLine, hub_round_sections, school_lines
from messaging.registers import ConversationSource, conversation_sources
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from schools.models import School
from schools.registers import school_sections, schools_at_work
from submissions.models import Submission
from submissions.models.submission import LIVE
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


def lines_of_schools(request: HttpRequest, hub_rounds: Sequence[HubRound]) -> dict[int, list[SchoolLine]]:
    """For a hub's hand-over: the schools of these hub rounds that are on the desk."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    of = {(row.hub_id, row.round_id): row.pk for row in hub_rounds}
    shown = desk.on_desk(places).filter(
        hub__in={hub for hub, _ in of}, round__in={round_ for _, round_ in of}
    )
    found: dict[int, list[SchoolLine]] = defaultdict(list)
    for row in desk.ordered(desk.rows_of(shown, person, places, now=clock.now()), "school"):
        one, wait = row.submission, next(iter(row.waits), None)
        line = SchoolLine(
            school=one.school,
            url=one.get_absolute_url(),
            stage=row.listed.status,
            owed=f"{wait.who}: {wait.what}" if wait else "",
            due_on=row.listed.deadline.due_on if row.listed.deadline else None,
            last_message_at=one.last_message_at,
        )
        found[of[one.hub_id, one.round_id]].append(line)
    return found


def work_of_school(request: HttpRequest, school: School) -> tuple[str, dict[str, Any]] | None:
    """A school's submissions, the newest first."""
    places = places_in(request)
    found = listed_for(places).filter(school=school).order_by("-enrolled_at")
    knows = bool(places.hq & {Role.HQ_ADMIN, Role.HQ_VIEWER})
    shown = load(list(found.values_list("pk", flat=True)))
    rows = rows_for(shown, places, knows=knows, today=clock.london_day(clock.now()))
    return ("submissions/_school_work.html", {"rows": rows}) if rows else None


def schools_with_live_work() -> QuerySet[Any]:
    return Submission.objects.filter(status__in=LIVE).order_by().values("school")


if schools_with_live_work not in schools_at_work:
    schools_at_work.append(schools_with_live_work)
if schools_of_hub not in hub_round_sections:
    hub_round_sections.append(schools_of_hub)
if lines_of_schools not in school_lines:
    school_lines.append(lines_of_schools)
if work_of_school not in school_sections:
    school_sections.append(work_of_school)
conversation_sources.append(
    ConversationSource(
        taking_part=talk.taking_part_in, readable=talk.readable, topics=talk.topics, opens=talk.opens
    )
)
