"""Which row of an action plan became which, between two versions: rows in a version carry no ids."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Pair = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]


def pair_rows(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Pair]:
    """Which row became which: the same row, else one with its objective, else the next of its criterion."""
    old, new = list(before), list(after)
    found: dict[int, int] = {}

    def match(same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]) -> None:
        for number, row in enumerate(new):
            if number not in found:
                free = (one for one in range(len(old)) if one not in found.values() and same(old[one], row))
                if (one := next(free, None)) is not None:
                    found[number] = one

    match(lambda one, other: one == other)
    match(lambda one, other: one["objective"] == other["objective"])
    match(lambda one, other: one["criterion"] == other["criterion"])
    gone = [number for number in range(len(old)) if number not in found.values()]
    pairs: list[Pair] = [
        (old[found[number]] if number in found else None, row) for number, row in enumerate(new)
    ]
    return pairs + [(old[number], None) for number in gone]
