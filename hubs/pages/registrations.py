"""HQ's inbox and a hub leader's: whose turn it is, and which hubs are near a school and have room."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from hubs import queries
from hubs.models import HubMembership, HubRound, Registration
from hubs.turns import Turn, with_turn
from psqm_portal.core.clock import london_day
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import counted
from schools.distance import Point, miles_between, point_of_postcode
from schools.models import School, SchoolMembership
from schools.search import matching

STATUSES = Registration.Status


def filtered(rows: Any, wanted: dict[str, Any]) -> Any:
    """``rows`` with their turn."""
    if wanted["status"]:
        rows = rows.filter(status=wanted["status"])
    if wanted["round"]:
        rows = rows.filter(round=wanted["round"])
    if wanted["hub"] == "none":
        rows = rows.filter(hub=None)
    elif wanted["hub"]:
        rows = rows.filter(hub=wanted["hub"])
    if wanted["turn"] == "long":
        rows = rows.filter(is_long=True)
    elif wanted["turn"]:
        rows = rows.filter(turn=wanted["turn"])
    if wanted["agreed"]:
        rows = rows.filter(agreed_at__isnull=wanted["agreed"] == "no")
    if wanted["q"]:
        rows = rows.filter(school__in=matching(School.objects.all(), wanted["q"]).order_by().values("pk"))
    return rows


def figures(rows: QuerySet[Registration]) -> dict[str, int]:
    """How many wait for whom, and how many too long; of rows with their turn."""
    wanted = {to.value: Count("pk", filter=Q(turn=to)) for to in Turn}
    return rows.order_by().aggregate(**wanted, long=Count("pk", filter=Q(is_long=True)))


CSV_HEADER = [
    "School", "URN", "Postcode", "Round", "Hub", "Status", "Waits for", "Since", "Headteacher agreed",
    "Registered", "Subject leader", "Subject leader's email", "Headteacher", "Headteacher's email",
    "Who pays", "Order number", "Member of the ASE",
]  # fmt: skip


def csv_rows(rows: QuerySet[Registration]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        turn = row.turn  # type: ignore[attr-defined]
        yield [
            row.school.name, row.school.urn or "", row.school.postcode, row.round.name, str(row.hub or ""),
            row.get_status_display(), Turn(turn).label.split(",")[0] if turn else "",
            london_day(row.turn_began) if turn else "",  # type: ignore[attr-defined]
            london_day(row.agreed_at) if row.agreed_at else "", london_day(row.registered_at),
            row.subject_leader_name, row.subject_leader_email, row.headteacher_name, row.headteacher_email,
            row.get_payer_display(), row.order_number, row.ase_member,
        ]  # fmt: skip


# A page of one -------------------------------------------------------------------------------------


def lacking(row: Registration) -> list[str]:
    """What stands in the way of a place, or will be asked for later."""
    if row.status != STATUSES.WAITING:
        return []
    said = []
    if row.agreed_at is None:
        said.append(f"{row.headteacher_name} hasn’t agreed yet.")
    if row.hub is None:
        said.append("No hub has it yet.")
    if not row.second_name:
        said.append("A second person for the training isn’t named.")
    if row.school.pupils is None:
        said.append("We don’t know how many pupils the school has: the fee may hang on it.")
    if row.payer != Registration.Payer.SCHOOL and not row.payer_address:
        said.append("There’s no address for the invoice.")
    return said


def standing(row: Registration, today: date) -> Registration:
    """The same with its turn."""
    return with_turn(Registration.objects.select_related("school", "round", "hub"), today).get(pk=row.pk)


# Hubs for a school ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A hub of the round for one school; ``why_not`` where it can't have it."""

    hub_round: HubRound
    miles: float | None
    handed_back: bool = False
    why_not: str = ""

    @property
    def key(self) -> str:
        return str(self.hub_round.hub_id)

    @property
    def is_full(self) -> bool:
        return not self.hub_round.places_free  # type: ignore[attr-defined]

    @property
    def words(self) -> str:
        """ "12 miles away, 3 free places" """
        free = self.hub_round.places_free  # type: ignore[attr-defined]
        far = "Distance not known" if self.miles is None else _far(self.miles)
        room = "full" if self.is_full else counted(free, "free place")
        return ", ".join([far, room, *(["has handed it back"] if self.handed_back else [])])

    @property
    def order(self) -> tuple[Any, ...]:
        """Nearest first among those with places; who handed it back, and full ones, last."""
        far = self.miles if self.miles is not None else float("inf")
        return (self.is_full, self.handed_back, far, self.hub_round.hub.name)


def _far(miles: float) -> str:
    return f"{counted(round(miles), 'mile')} away" if round(miles) else "Less than a mile away"


def hubs_for(row: Registration) -> tuple[list[Choice], list[Choice]]:
    """The round's hubs that may have the school, best first, and those that can't with the reason.

    In a constant number of queries.
    """
    hub_rounds = list(
        queries.with_places(HubRound.objects.filter(round_id=row.round_id, hub__is_active=True))
        .select_related("hub", "round")
        .order_by("hub__name")
    )
    leaders = _leaders(one.hub_id for one in hub_rounds)
    people = {leader.user_id for leader in leaders.values()}
    at_school = set(
        SchoolMembership.objects.filter(school_id=row.school_id, user__in=people).values_list(
            "user_id", flat=True
        )
    )
    handed_back = set(
        HistoryEntry.objects.filter(
            machine="registration", action="hand_back", subject_id=row.pk, by__in=people
        ).values_list("by_id", flat=True)
    )
    here = _where(row.school)
    choices = []
    for one in hub_rounds:
        leader = leaders.get(one.hub_id)
        why_not = ""
        if one.hub_id == row.hub_id:
            why_not = "has it now"
        elif leader is None:
            why_not = "has no hub leader now"
        elif leader.user_id in at_school:
            why_not = f"{leader.user} is or was at {row.school}"
        back = leader is not None and leader.user_id in handed_back
        choices.append(Choice(one, _miles(here, one), back, why_not))
    choices.sort(key=lambda choice: choice.order)
    return [one for one in choices if not one.why_not], [one for one in choices if one.why_not]


def _leaders(hubs: Iterable[int]) -> dict[int, HubMembership]:
    rows = HubMembership.objects.current().filter(hub__in=list(hubs), role=Role.HUB_LEADER.value)
    return {row.hub_id: row for row in rows.select_related("user")}


def _where(school: School) -> Point | None:
    if school.easting is not None and school.northing is not None:
        return Point(school.easting, school.northing)
    return point_of_postcode(school.postcode) if school.postcode else None


def _miles(here: Point | None, hub_round: HubRound) -> float | None:
    hub = hub_round.hub
    if here is None or hub.easting is None or hub.northing is None:
        return None
    return miles_between(here, Point(hub.easting, hub.northing))
