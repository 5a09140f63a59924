"""What a row of the register means for the school that we hold, or don't: nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from schools.domain.register_columns import KEPT, Said, is_urn
from schools.models import RegisterFilter, RegisterRow, School

Finding = RegisterRow.Finding
Column = RegisterFilter.Column

# Everything that a register can say, in the order in which a report shows it.
FIELDS = (
    "urn", "name", "street", "town", "county", "postcode", "local_authority", "phase", "pupils", "is_open",
    "register_status", "opened_on", "closed_on", "register_type", "headteacher_name", "trust", "phone",
    "register_phone", "website", "register_website", "easting", "northing", "country",
)  # fmt: skip
# Ours follow the register until somebody types others.
FOLLOWING = {"phone": "register_phone", "website": "register_website"}
NO_PHASE = "not applicable"
# As the register says it of schools in Wales that it lists.
WELSH = "welsh schools"
INFANT_UNTIL, JUNIOR_FROM, JUNIOR_UNTIL = 7, 7, 11

Values = dict[str, Any]


def values_of(school: School) -> Values:
    """A school in JSON's types, "" for nothing: what a row's values are compared with."""
    return {name: plain_value(getattr(school, name)) for name in FIELDS}


def plain_value(value: Any) -> Any:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True)
class Ours:
    """A school of ours as the judge needs it."""

    pk: int
    values: Values
    is_merged: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    finding: str
    data: Values = field(default_factory=dict)
    message: str = ""


def broken(said: Said) -> str:
    """Why a row can't be used, whoever's it is."""
    if not is_urn(said.urn):
        return f"“{said.urn[:20]}” is no URN: six digits" if said.urn else "There is no URN"
    return "" if said.name else "There is no name"


class Judge:
    """Knows the filters as they stood when it began."""

    def __init__(self, filters: Iterable[RegisterFilter]) -> None:
        self._known = {(one.column, one.value.casefold()): one for one in filters}

    def verdict(self, said: Said, ours: Ours | None) -> Verdict:
        if ours is not None and ours.is_merged:
            return Verdict(Finding.LEFT_OUT, message="Merged into another school here: left alone")
        status, why = self._of(Column.STATUS, said.status)
        if status is None:
            return Verdict(Finding.LEFT_OUT, message=why)
        phase, why = self._phase(said)
        if not phase and ours is None:
            return Verdict(Finding.LEFT_OUT, message=why)
        values = self._values(said, phase, is_open=status.is_open)
        if ours is not None:
            before = self._known.get((Column.STATUS, ours.values["register_status"].casefold()))
            if before is not None and before.is_open == status.is_open:
                del values["is_open"]  # the register says what it said before: what HQ says since then stands
            return _compared(ours.values, values)
        if not status.is_open:
            return Verdict(Finding.LEFT_OUT, message="Closed, and never one of ours")
        return Verdict(Finding.NEW, values)

    def _of(self, column: Column, word: str) -> tuple[RegisterFilter | None, str]:
        """The filter that takes this word, or why none does."""
        found = self._known.get((column, word.casefold()))
        if found is not None and found.is_taken:
            return found, ""
        named = "Type" if column == Column.TYPE_GROUP else column.label
        known = "we don’t take these" if found is not None else "no filter knows this word"
        return None, f"{named} “{word[:100]}”: {known}"

    def _phase(self, said: Said) -> tuple[str, str]:
        """What we call its phase; empty, with the reason, where it isn't one of ours."""
        if said.phase.casefold() == NO_PHASE:
            is_type_known = (Column.TYPE_GROUP, said.type.casefold()) in self._known
            found, why = self._of(Column.TYPE_GROUP, said.type if is_type_known else said.type_group)
        else:
            found, why = self._of(Column.PHASE, said.phase)
        if found is None:
            return "", why
        phase = found.phase or School.Phase.PRIMARY
        if phase == School.Phase.PRIMARY and said.ages is not None:
            low, high = said.ages
            if high <= INFANT_UNTIL:
                return School.Phase.INFANT.value, ""
            if low >= JUNIOR_FROM and high <= JUNIOR_UNTIL:
                return School.Phase.JUNIOR.value, ""
        return str(phase), ""

    @staticmethod
    def _values(said: Said, phase: str, *, is_open: bool) -> Values:
        values: Values = {"urn": said.urn, **said.values, "is_open": is_open}
        if phase:  # a school of ours whose phase we don't take any more keeps what we called it
            values["phase"] = phase
        if said.type_group.casefold() == WELSH:
            values["country"] = School.Country.WALES.value
        for own, following in FOLLOWING.items():
            if following in values:
                values[own] = values[following]
        return values


def _compared(ours: Values, values: Values) -> Verdict:
    changes = {
        name: [ours[name], value]
        for name in FIELDS
        if name in values and ours[name] != (value := values[name]) and _is_for_us(name, value, ours)
    }
    if not changes:
        return Verdict(Finding.SAME)
    closes = changes.get("is_open") == [True, False]
    return Verdict(Finding.CLOSED if closes else Finding.CHANGED, changes)


def _is_for_us(name: str, value: Any, ours: Values) -> bool:
    """Does a value that differs from ours replace it?"""
    if name in FOLLOWING:
        return value != "" and ours[name] in {"", ours[FOLLOWING[name]]}
    return value != "" or name not in KEPT


def label(name: str) -> str:
    """A field as people call it."""
    if name == "is_open":
        return "open or closed"
    field: Any = School._meta.get_field(name)  # noqa: SLF001 - Django documents it
    return str(field.verbose_name)
