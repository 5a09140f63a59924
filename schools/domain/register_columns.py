"""The register's columns, found by their headers, and what a row says in our own terms."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField

from psqm_portal.core.machine import Refused
from schools.domain.register_file import Head
from schools.forms import POSTCODE
from schools.models import School

# Without one of these a row can't be judged. Names as the register writes them.
NEEDED = [
    "URN", "EstablishmentName", "EstablishmentStatus (name)", "EstablishmentTypeGroup (name)",
    "PhaseOfEducation (name)", "Town", "Postcode",
]  # fmt: skip
OPTIONAL = [
    "LA (name)", "TypeOfEstablishment (name)", "OpenDate", "CloseDate", "StatutoryLowAge", "StatutoryHighAge",
    "NumberOfPupils", "Street", "Locality", "Address3", "County (name)", "SchoolWebsite", "TelephoneNum",
    "HeadTitle (name)", "HeadFirstName", "HeadLastName", "Trusts (name)", "Easting", "Northing",
]  # fmt: skip
# What an empty cell doesn't empty: the register often lacks it, and ours may be right.
KEPT = {
    "street", "town", "postcode", "local_authority", "pupils", "register_type", "opened_on",
    "register_phone", "register_website",
}  # fmt: skip
_LENGTHS = {
    field.name: field.max_length or 0
    for field in School._meta.get_fields()  # noqa: SLF001 - Django documents it
    if isinstance(field, CharField)
}
_URN = re.compile(r"[1-9][0-9]{5}")
_DAY = re.compile(r"(\d{2})[-/](\d{2})[-/](\d{4})", re.ASCII)
_WEBSITE = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,}(?::\d+)?(?:[/?#][^\s<>\"']*)?", re.IGNORECASE
)
_NOTHING = {"", "not recorded", "not applicable"}


def plain(header: str) -> str:
    """A header without what drifts: case, spaces, marks."""
    return re.sub(r"[^a-z0-9]", "", header.lower())


def one_line(text: str) -> str:
    """White space and control characters are single spaces."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join("".join(letter if letter.isprintable() else " " for letter in line).split())


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns that we read stand. ``missing``: the optional ones that don't."""

    places: dict[str, int]
    width: int
    missing: list[str]

    @classmethod
    def of(cls, head: Head) -> "Columns":
        """Raises Refused, naming the columns without which nothing can be read."""
        places: dict[str, int] = {}
        for place, cell in enumerate(head.cells):
            places.setdefault(plain(cell), place)
        lacking = [name for name in NEEDED if plain(name) not in places]
        if len(lacking) > len(NEEDED) / 2:
            raise Refused(
                "This isn’t the register’s file: its first row doesn’t have the register’s columns."
            )
        if lacking:
            named = ", ".join(f"“{name}”" for name in lacking)
            raise Refused(
                f"The column {named} is missing. Nothing was read."
                if len(lacking) == 1
                else f"These columns are missing: {named}. Nothing was read."
            )
        known = {name: places[plain(name)] for name in NEEDED + OPTIONAL if plain(name) in places}
        return cls(known, len(head.cells), [name for name in OPTIONAL if name not in known])

    def reader(self, cells: Sequence[str]) -> Callable[[str], str | None]:
        """A cell by its column's name: on one line, None where there is no such column."""

        def read(name: str) -> str | None:
            place = self.places.get(name)
            return None if place is None else one_line(cells[place])

        return read


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says. ``values``: our fields in JSON's types; "" where a cell is empty, and without the
    fields whose columns its file doesn't have.
    """

    urn: str
    name: str
    status: str
    phase: str
    type_group: str
    type: str
    ages: tuple[int, int] | None
    values: dict[str, Any]


def said(columns: Columns, cells: Sequence[str]) -> Said:
    read = columns.reader(cells)
    values: dict[str, Any] = {
        "name": read("EstablishmentName"),
        "street": _joined(read("Street"), read("Locality"), read("Address3")),
        "town": read("Town"),
        "county": _word(read("County (name)")),
        "postcode": _postcode(read("Postcode") or ""),
        "local_authority": read("LA (name)"),
        "pupils": _number(read("NumberOfPupils")),
        "register_type": read("TypeOfEstablishment (name)"),
        "register_status": read("EstablishmentStatus (name)"),
        "opened_on": _day(read("OpenDate")),
        "closed_on": _day(read("CloseDate")),
        "headteacher_name": _head(read),
        "trust": _word(read("Trusts (name)")),
        "register_phone": read("TelephoneNum"),
        "register_website": _website(read("SchoolWebsite")),
        **_place(read("Easting"), read("Northing")),
    }
    return Said(
        urn=read("URN") or "",
        name=values["name"] or "",
        status=values["register_status"] or "",
        phase=read("PhaseOfEducation (name)") or "",
        type_group=read("EstablishmentTypeGroup (name)") or "",
        type=values["register_type"] or "",
        ages=_ages(_number(read("StatutoryLowAge")), _number(read("StatutoryHighAge"))),
        values={name: _cut(name, value) for name, value in values.items() if value is not None},
    )


def is_urn(text: str) -> bool:
    return _URN.fullmatch(text) is not None


def _cut(name: str, value: Any) -> Any:
    return value[: _LENGTHS[name]].rstrip() if isinstance(value, str) and name in _LENGTHS else value


def _joined(*parts: str | None) -> str | None:
    """None only where the file has none of the columns."""
    if all(part is None for part in parts):
        return None
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _word(text: str | None) -> str | None:
    return "" if text is not None and text.lower() in _NOTHING else text


def _head(read: Callable[[str], str | None]) -> str | None:
    last = read("HeadLastName")
    if not last:
        return last
    names = (_word(read("HeadTitle (name)")), read("HeadFirstName"), last)
    return " ".join(name for name in names if name)


def _postcode(typed: str) -> str:
    found = POSTCODE.match(typed.upper())
    return f"{found[1]} {found[2]}" if found else typed.upper()


def _number(text: str | None) -> int | str | None:
    """A whole number; "" where the cell has none."""
    if text is None:
        return None
    digits = text.replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 7 else ""


def _place(east: str | None, north: str | None) -> dict[str, Any]:
    """Both or none; 0 is how the register writes that it doesn't know."""
    easting, northing = _number(east), _number(north)
    return {"easting": easting, "northing": northing} if easting and northing else {}


def _ages(low: int | str | None, high: int | str | None) -> tuple[int, int] | None:
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


def _day(text: str | None) -> str | None:
    """ISO; "" where the cell has no day."""
    if text is None:
        return None
    if (found := _DAY.fullmatch(text)) is None:
        return ""
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
    except ValueError:
        return ""


def _website(text: str | None) -> str | None:
    """Only what may stand in a link."""
    if not text:
        return text
    whole = text if "://" in text else f"https://{text}"
    return whole if len(whole) <= _LENGTHS["website"] and _WEBSITE.fullmatch(whole) else ""
