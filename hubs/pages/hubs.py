"""HQ's list of hubs (and a hub leader's own), narrowed, sorted and measured; and what stands around one hub.

A scheme has some dozens of hubs, and most of what is asked (free places, who leads) isn't in one table: the
rows are made first and then narrowed, in the same number of queries for ten and for eighty.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet

from accounts.models import User
from hubs.models import Hub, HubMembership, HubRound, Registration, Seat, Substitution
from hubs.pages.hand_over import RUNNING
from hubs.queries import with_places
from psqm_portal.core.roles import Role
from schools.distance import Point, miles_between, squared_metres
from schools.models import School, SchoolMembership

NEAREST = 5


@dataclass(slots=True)
class Row:
    """``substitution``: planned or running. ``miles`` None: not asked, or nobody knows where the hub is."""

    hub: Hub
    leader: User | None = None
    mentors: list[User] = field(default_factory=list)
    hub_rounds: list[Any] = field(default_factory=list)
    waiting: int = 0
    substitution: Substitution | None = None
    miles: float | None = None

    @property
    def places_free(self) -> int:
        return sum(row.places_free for row in self.hub_rounds)

    @property
    def places_taken(self) -> int:
        return sum(row.places_taken for row in self.hub_rounds)

    @property
    def words(self) -> str:
        people = [self.leader, *self.mentors]
        names = [person.name for person in people if person is not None]
        return " ".join([self.hub.name, self.hub.place, self.hub.area, self.hub.postcode, *names]).lower()


def rows_of(hubs: Iterable[Hub], registrations: QuerySet[Registration], near: Point | None) -> list[Row]:
    """Four queries beside the hubs'."""
    rows = {hub.pk: Row(hub) for hub in hubs}
    members = HubMembership.objects.current().filter(hub__in=rows).select_related("user")
    for member in members.order_by("user__name", "pk"):
        row = rows[member.hub_id]
        if member.role == Role.HUB_LEADER.value:
            row.leader = member.user
        else:
            row.mentors.append(member.user)
    for hub_round in running_of(rows):
        rows[hub_round.hub_id].hub_rounds.append(hub_round)
    waiting = registrations.filter(hub__in=rows, status=Registration.Status.WAITING).order_by()
    for found in waiting.values("hub").annotate(number=Count("pk")):
        rows[found["hub"]].waiting = found["number"]
    for ahead in substitutions_of(rows):
        rows[ahead.hub_id].substitution = ahead
    for row in rows.values():
        if near is not None and row.hub.easting is not None and row.hub.northing is not None:
            row.miles = miles_between(near, Point(row.hub.easting, row.hub.northing))
    return list(rows.values())


def running_of(hubs: Collection[int]) -> QuerySet[HubRound]:
    """With ``places`` and ``places_free``, the newest round first."""
    found = with_places(HubRound.objects.filter(hub__in=hubs, round__status__in=RUNNING))
    found = found.annotate(places_taken=F("places") - F("places_free"))
    return found.select_related("round").order_by("-round__year", "round__season", "pk")


def substitutions_of(hubs: Collection[int]) -> QuerySet[Substitution]:
    """Planned or running."""
    found = Substitution.objects.filter(hub__in=hubs, ended_at=None)
    return found.select_related("hub", "leader", "substitute", "invitation")


SHOWS: dict[str, tuple[str, Any]] = {
    "": ("All hubs", lambda _: True),
    "active": ("Active", lambda row: row.hub.is_active),
    "free": ("With free places", lambda row: row.hub.is_active and row.places_free > 0),
    "no-leader": ("Without a leader", lambda row: row.leader is None),
    "inactive": ("Not active", lambda row: not row.hub.is_active),
}
# What ?sort= may name. Unknown distances come last either way.
SORTS: dict[str, Any] = {
    "name": lambda row: row.hub.name.lower(),
    "place": lambda row: row.hub.place.lower(),
    "leader": lambda row: row.leader.name.lower() if row.leader else "",
    "free": lambda row: row.places_free,
    "waiting": lambda row: row.waiting,
    "miles": lambda row: row.miles or 0.0,
}


def narrowed(rows: Iterable[Row], chosen: Mapping[str, Any]) -> list[Row]:
    """``chosen``: q, round (a Round or None), show; what is empty narrows nothing.

    In a chosen round only its own places count.
    """
    words, round_ = str(chosen.get("q") or "").lower().split(), chosen.get("round")
    fits = SHOWS.get(chosen.get("show") or "", SHOWS[""])[1]
    found = [row for row in rows if all(word in row.words for word in words)]
    if round_ is not None:
        for row in found:
            row.hub_rounds = [one for one in row.hub_rounds if one.round_id == round_.pk]
        found = [row for row in found if row.hub_rounds]
    return [row for row in found if fits(row)]


def ordered(rows: Sequence[Row], sort: str, *, near: bool) -> list[Row]:
    """Active ones by name; by miles where a postcode is given and nothing else is asked."""
    name = sort.removeprefix("-") or ("miles" if near else "")
    by_name = sorted(rows, key=lambda row: (not row.hub.is_active, SORTS["name"](row)))
    if name not in SORTS:
        return by_name
    found = sorted(by_name, key=SORTS[name], reverse=sort.startswith("-"))
    if name == "miles":
        found.sort(key=lambda row: row.miles is None)
    return found


def nearest(hub: Hub, among: QuerySet[Hub]) -> list[Row]:
    """Other active hubs that the reader may see, with their running rounds. Two queries."""
    if hub.easting is None or hub.northing is None:
        return []
    here = Point(hub.easting, hub.northing)
    others = among.exclude(pk=hub.pk).filter(is_active=True, easting__isnull=False)
    near = others.annotate(away=squared_metres(here)).order_by(F("away").asc(), "name")[:NEAREST]
    rows = {
        one.pk: Row(one, miles=miles_between(here, Point(one.easting or 0, one.northing or 0)))
        for one in near
    }
    for hub_round in running_of(rows):
        rows[hub_round.hub_id].hub_rounds.append(hub_round)
    return list(rows.values())


def schools_now(hub_rounds: Iterable[HubRound]) -> dict[int, list[School]]:
    """Those on places, by the hub round's number; one query."""
    rows = School.objects.filter(submissions__seat__hub_round__in=hub_rounds).order_by("name", "pk")
    found: dict[int, list[School]] = defaultdict(list)
    for school in rows.annotate(hub_round_id=F("submissions__seat__hub_round")):
        found[school.hub_round_id].append(school)
    return found


@dataclass(frozen=True, slots=True)
class OwnSchool:
    """A school of the hub that somebody who leads it, or is to, can't lead or sign off: it was theirs."""

    person: User
    school: School
    round: str
    submission_id: int
    is_there: bool


def own_schools(hub: Hub, people: Iterable[User | None]) -> list[OwnSchool]:
    """Schools of running rounds at which one of these people is or ever was. One query."""
    ids = [person.pk for person in people if person is not None]
    members = SchoolMembership.objects.filter(
        user__in=ids,
        school__submissions__seat__hub_round__hub=hub,
        school__submissions__seat__hub_round__round__status__in=RUNNING,
    ).select_related("user", "school")
    members = members.annotate(
        submission_id=F("school__submissions"),
        of_round=F("school__submissions__seat__hub_round__round__name"),
    )
    found: dict[tuple[int, int], OwnSchool] = {}
    for one in members.order_by("school__name", "user__name", F("ended_at").asc(nulls_last=True)):
        row: Any = one
        found[one.user_id, row.submission_id] = OwnSchool(
            one.user, one.school, row.of_round, row.submission_id, one.ended_at is None
        )
    return list(found.values())


def places_effects(have: int, on_places: int, wanted: int) -> list[str]:
    """What another number of places means for one hub, in sentences."""
    stay = max(on_places, wanted)
    free_before, free_after = have - on_places, stay - on_places
    found = [f"Places: {have} now, {stay} then. Free: {free_before} now, {free_after} then."]
    if on_places > wanted:
        schools = "1 school is" if on_places == 1 else f"{on_places} schools are"
        found.append(f"{schools} on places. They all stay, so {stay} places stay too, not {wanted}.")
        found.append("No further school can be accepted.")
    return found


def taken_of(hub_round: HubRound) -> int:
    return Seat.objects.filter(hub_round=hub_round).exclude(submission=None).count()
