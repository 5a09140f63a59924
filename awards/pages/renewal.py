"""HQ's list of awards that end within a year: what became of each school, and who was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from awards.domain import renewal
from awards.models import Award
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership

TAKES_PART, REGISTERED, WANTS_NONE = "Takes part", "Has registered", "Wants no invitations"
TOLD, NOBODY, WAITS = "Told", "Nobody to write to", "Not written to yet"
STATES = {"open": "Not going on yet", "nobody": NOBODY, "goes_on": "Takes part or has registered"}


@dataclass(frozen=True, slots=True)
class Line:
    award: Award
    stands: str
    told_at: datetime | None
    readers: int


def found(today: date, state: str) -> QuerySet[Award]:
    """``state``: one of ``STATES``, or empty for all."""
    rows = renewal.ending(today)
    has_readers = Exists(
        SchoolMembership.objects.current().filter(
            school=OuterRef("school"),
            role__in=[Role.HEADTEACHER.value, Role.SUBJECT_LEADER.value],
            user__is_active=True,
        )
    )
    goes_on = rows.filter(takes_part=True) | rows.filter(has_registered=True)
    match state:
        case "goes_on":
            return goes_on
        case "open":
            return rows.filter(takes_part=False, has_registered=False)
        case "nobody":
            return renewal.to_tell(today).filter(~has_readers)
    return rows


def lines(awards: Iterable[Award]) -> list[Line]:
    """Two queries."""
    awards = list(awards)
    told, people = renewal.told(awards), renewal.readers(awards)
    return [
        Line(
            award,
            _stands(award, told.get(award.pk), len(people.get(award.school_id, []))),
            told.get(award.pk),
            len(people.get(award.school_id, [])),
        )
        for award in awards
    ]


def _stands(award: Award, told_at: datetime | None, readers: int) -> str:
    if award.takes_part:  # type: ignore[attr-defined]  # of ``ending``
        return TAKES_PART
    if award.has_registered:  # type: ignore[attr-defined]
        return REGISTERED
    if award.wants_none:  # type: ignore[attr-defined]
        return WANTS_NONE
    if not readers:
        return NOBODY
    return TOLD if told_at else WAITS
