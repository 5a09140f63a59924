"""Who came after whom: the register's second file, of links between schools."""

from collections.abc import Iterator
from typing import IO

from psqm_portal.core.machine import Refused
from schools.domain.register_columns import is_urn, one_line, plain
from schools.domain.register_file import Records, encoding_of, read_head

_NEEDED = ["URN", "LinkURN", "LinkType"]


def check_links(file: IO[bytes]) -> None:
    """Raises Refused with a sentence where it isn't the links file."""
    _places([plain(cell) for cell in read_head(file).cells])


def successors(file: IO[bytes]) -> dict[str, list[str]]:
    """For each school that something came after: the URNs of what did, in the file's order."""
    after: dict[str, list[str]] = {}
    for urn, linked, kind in _links(file):
        # "Result of Amalgamation" of A to B: A is what came of B.
        if kind.startswith("successor"):
            after.setdefault(urn, []).append(linked)
        elif kind.startswith("predecessor") or kind == "result of amalgamation":
            after.setdefault(linked, []).append(urn)
    return after


def _links(file: IO[bytes]) -> Iterator[tuple[str, str, str]]:
    head = read_head(file)
    urn, linked, kind = _places([plain(cell) for cell in head.cells])
    records = Records(
        file,
        encoding=encoding_of(file),
        columns=len(head.cells),
        at_byte=head.end_byte,
        at_line=head.end_line,
    )
    for record in records:
        if not record.problem:
            one, other = record.cells[urn].strip(), record.cells[linked].strip()
            if is_urn(one) and is_urn(other) and one != other:
                yield one, other, one_line(record.cells[kind]).casefold()


def _places(headers: list[str]) -> list[int]:
    lacking = [name for name in _NEEDED if plain(name) not in headers]
    if lacking:
        named = ", ".join(f"“{name}”" for name in lacking)
        raise Refused(f"This isn’t the links file: {named} {'is' if len(lacking) == 1 else 'are'} missing.")
    return [headers.index(plain(name)) for name in _NEEDED]
