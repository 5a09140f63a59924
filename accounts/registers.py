"""What accounts can't know about schools and hubs; those apps fill this in their ``AppConfig.ready``."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a membership is: a school's or hub's name and its page."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Holding:
    """One current membership of one person, as the people page shows it."""

    user_id: int
    role: str
    place: Place


# The word before the colon of an invitation's scope -> (ids) -> id: place. One query for all ids.
places: dict[str, Callable[[Collection[int]], Mapping[int, Place]]] = {
    "hq": lambda _ids: {0: Place("HQ", "")},
}
# (user ids) -> what each of them holds now. Constant queries, always.
holdings: list[Callable[[Collection[int]], Iterable[Holding]]] = []


def parse_scope(scope: str) -> tuple[str, int]:
    """``"school:12"`` -> ("school", 12); ``"hq"`` -> ("hq", 0)."""
    kind, _, pk = scope.partition(":")
    return kind, int(pk or 0)


def places_of(scopes: Iterable[str]) -> dict[str, Place]:
    """Each scope's place, in one query per kind; a scope whose place is gone is left out."""
    wanted: dict[str, dict[int, str]] = {}
    for scope in scopes:
        kind, pk = parse_scope(scope)
        wanted.setdefault(kind, {})[pk] = scope
    found: dict[str, Place] = {}
    for kind, ids in wanted.items():
        if kind in places:
            found |= {ids[pk]: place for pk, place in places[kind](list(ids)).items()}
    return found
