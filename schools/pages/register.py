"""What the pages of the register's imports show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from schools.domain.register_judging import FIELDS, Finding, label
from schools.domain.register_reading import not_in_file
from schools.models import RegisterImport, RegisterRow, School, SchoolMembership
from schools.registers import schools_at_work

Status = RegisterImport.Status


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of a report: what they are called, and what HQ has to know about them."""

    label: str
    title: str
    note: str
    things: str = "row"


KINDS = {
    "new": Kind("new schools", "New schools", "They aren’t in the portal yet.", "school"),
    "changed": Kind("changed", "Changed schools", "What the register says differently from us.", "school"),
    "closed": Kind(
        "closed since",
        "Schools closed since",
        "Those with people or work here come first.",
        "school",
    ),
    "successors": Kind(
        "successors", "Successors", "The links file names another school of ours that came after.", "school"
    ),
    "missing": Kind(
        "of ours not in the file",
        "Schools of ours that aren’t in the file",
        "Open schools with a URN that no row has. Nothing is changed about them.",
        "school",
    ),
    "broken": Kind("broken rows", "Broken rows", "They couldn’t be read; all the others were."),
    "left_out": Kind("left out", "Rows left out", "They aren’t schools for us, by the rules of the import."),
    "same": Kind("the same", "The same as before", "The register says what we have.", "school"),
}
# How rows that differ can be taken away.
AS_CSV = ("broken", "changed")


@dataclass(frozen=True, slots=True)
class Figure:
    kind: str
    label: str
    count: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str


def figures(register: RegisterImport) -> list[Figure]:
    return [
        Figure(kind, words.label, register.counts.get(kind, 0), kind == "broken" and kind in register.counts)
        for kind, words in KINDS.items()
    ]


def progress(register: RegisterImport) -> dict[str, Any] | None:
    """How far a worker is; None where nothing is underway."""
    match register.status:
        case Status.WAITING | Status.READING:
            done, whole, doing = register.at_byte, register.size, "Reading the file"
        case Status.AGREED | Status.WRITING:
            done, whole, doing = register.at_line, register.lines, "Writing the changes"
        case _:
            return None
    at = f"{register.at_line:,}" if register.at_line else ""
    waits = register.status in {Status.WAITING, Status.AGREED} and not register.at_line
    return {
        "value": 100 * done // max(whole, 1),
        "label": "Waiting for its turn" if waits else doing,
        "text": f"Line {at}" if at else "It starts in a moment",
    }


def rows_of(register: RegisterImport, kind: str) -> QuerySet[Any]:
    """Rows of the staging, or schools where no row is about them."""
    if kind == "missing":
        return (
            not_in_file(register).annotate(takes_part=takes_part("pk")).order_by("-takes_part", "name", "pk")
        )
    rows = register.rows.select_related("school")
    if kind == "successors":
        return rows.exclude(successor_urn="").order_by("line")
    rows = rows.filter(finding=kind)
    if kind == Finding.CLOSED:
        return rows.annotate(takes_part=takes_part("school")).order_by("-takes_part", "line")
    return rows.order_by("line")


def takes_part(school: str) -> Q:
    """Does the school have people here, or work that isn't over?"""
    found = Q(Exists(SchoolMembership.objects.current().filter(school=OuterRef(school))))
    for at_work in schools_at_work:
        found |= Q(**{f"{school}__in": at_work()})
    return found


def reasons(register: RegisterImport) -> list[Any]:
    """Why rows were left out, the most frequent first; words can be anything, so not all of them."""
    left = register.rows.filter(finding=Finding.LEFT_OUT)
    return list(left.values("message").annotate(count=Count("pk")).order_by("-count", "message")[:40])


def changes(row: RegisterRow) -> list[Change]:
    """Field by field; of a new school nothing was before."""
    if row.finding == Finding.NEW:
        return [Change(label(name), "", shown(name, row.data[name])) for name in FIELDS if row.data.get(name)]
    return [
        Change(label(name), shown(name, row.data[name][0]), shown(name, row.data[name][1]))
        for name in FIELDS
        if name in row.data
    ]


def shown(name: str, value: Any) -> str:
    if value in {"", None} and not isinstance(value, bool):
        return ""
    match name:
        case "is_open":
            return "Open" if value else "Closed"
        case "phase":
            return str(School.Phase(value).label)
        case "country":
            return str(School.Country(value).label)
        case "opened_on" | "closed_on":
            year, month, day = str(value).split("-")
            return f"{day}/{month}/{year}"
    return f"{value:,}" if name == "pupils" else str(value)


def csv_of(register: RegisterImport, kind: str) -> tuple[list[str], Iterator[list[Any]]]:
    rows: Iterable[RegisterRow] = rows_of(register, kind).iterator(chunk_size=500)
    if kind == "broken":
        return ["Line", "URN", "Name", "What is wrong"], ([r.line, r.urn, r.name, r.message] for r in rows)
    lines = (
        [row.line, row.urn, row.name, one.label, one.before, one.after]
        for row in rows
        for one in changes(row)
    )
    return ["Line", "URN", "Name", "What changed", "Before", "After"], lines
