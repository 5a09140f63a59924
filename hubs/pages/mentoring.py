"""The mentoring log of a hub in a round, as one person sees it: each school, and what was given to it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import User
from hubs.models import HubRound, MentoringEntry
from hubs.models.training import time_words
from hubs.queries import roles_towards, schools_on_seats
from hubs.slots import Contact, contacts
from psqm_portal.core.roles import HUB, Role
from schools.models import School, SchoolMembership


@dataclass(frozen=True, slots=True)
class OfSchool:
    school: School
    entries: list[MentoringEntry]
    contact: Contact | None
    hours: int
    is_placed: bool

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.entries)

    @property
    def time(self) -> str:
        return time_words(self.minutes)

    @property
    def over(self) -> str:
        """By how much more than the round's hours; empty within them."""
        more = self.minutes - self.hours * 60
        return time_words(more) if more > 0 else ""


@dataclass(frozen=True, slots=True)
class Log:
    """``writes``: of the hub's people. ``corrects``: HQ's admins."""

    schools: list[OfSchool]
    writes: bool
    corrects: bool

    @property
    def time(self) -> str:
        return time_words(sum(row.minutes for row in self.schools))

    @property
    def entries(self) -> list[MentoringEntry]:
        """The newest first."""
        rows = [entry for row in self.schools for entry in row.entries]
        return sorted(rows, key=lambda entry: (entry.held_on, entry.pk), reverse=True)


def log_of(hub_round: HubRound, user: User) -> Log:
    """Without the schools where somebody of the hub is or was: they are nothing to these. Seven queries."""
    roles = roles_towards(user, hub_round.hub)
    is_hub = bool(roles & HUB)
    own: set[int] = set()
    if is_hub and not roles - HUB:
        own = set(SchoolMembership.objects.filter(user=user).values_list("school_id", flat=True))
    placed = {school.pk: school for school in schools_on_seats(hub_round)}
    entries: dict[int, list[MentoringEntry]] = defaultdict(list)
    found = dict(placed)
    for entry in hub_round.mentoring.select_related("by", "school"):
        entry.hub_round = hub_round
        entries[entry.school_id].append(entry)
        found.setdefault(entry.school_id, entry.school)
    last: Mapping[int, Contact] = {pk: one for asks in contacts for pk, one in asks(hub_round).items()}
    return Log(
        schools=[
            OfSchool(
                school, entries[pk], last.get(pk), hub_round.round.mentoring_hours, is_placed=pk in placed
            )
            for pk, school in sorted(found.items(), key=lambda pair: (pair[1].name, pair[0]))
            if pk not in own
        ],
        writes=is_hub,
        corrects=Role.HQ_ADMIN in roles,
    )
