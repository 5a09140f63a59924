"""Which column of HQ's file holds what, and what a line says in our own terms. Decision 0081.

People's names and addresses have no field here, so they are never taken in.
"""

import calendar
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from awards.domain.awarding import years_after
from awards.models import PastRow
from schools.domain.register_columns import is_urn, plain
from schools.forms import POSTCODE

YEARS = 3  # as a round's own unless it says otherwise
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    # Headers without case, spaces and marks.
    headers: tuple[str, ...]


FIELDS = {
    "school_name": Field(
        "School name", ("schoolname", "school", "nameofschool", "establishmentname", "name")
    ),
    "urn": Field("URN", ("urn", "schoolurn", "dfeurn")),
    "postcode": Field("Postcode", ("postcode", "schoolpostcode", "postalcode")),
    "place": Field(
        "Town or local authority",
        ("town", "schooltown", "place", "city", "localauthority", "la", "lea", "laname", "authority"),
    ),
    "level": Field(
        "Level", ("level", "awardlevel", "levelawarded", "levelachieved", "psqmlevel", "award", "awardtype")
    ),
    "awarded_on": Field(
        "Date of the award", ("awarddate", "dateofaward", "dateawarded", "awardedon", "awarded", "date")
    ),
    "round_name": Field("Round", ("round", "roundname", "awardround", "psqmround", "cohort", "season")),
    "valid_until": Field(
        "Valid until", ("validuntil", "validto", "expirydate", "expiry", "expires", "expireson", "until")
    ),
    "number": Field(
        "Certificate number",
        ("certificatenumber", "certificateno", "certno", "awardnumber", "number", "certificate", "reference"),
    ),
    "hub_name": Field("Hub", ("hub", "hubname", "psqmhub", "nameofhub")),
}
HEADERS = frozenset(header for field in FIELDS.values() for header in field.headers)
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}
# A round's last month, where nothing tells the day.
_SEASONS = {"winter": 2, "spring": 5, "summer": 8, "autumn": 12}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]{3,9})[-/. ](\d{4}|\d{2})", re.ASCII)
_WORD_AND_YEAR = re.compile(r"([a-z]{3,9})\W*(\d{4}|\d{2})", re.ASCII)
_YEAR = re.compile(r"20\d{2}")
_EXCEL_DAYS = range(36_526, 73_051)  # 2000 to 2099, counted from 1900 as Excel does
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,19}")


def header_key(header: Sequence[str]) -> str:
    """The same for files whose headers differ in case, spaces and marks only."""
    return hashlib.sha256("\n".join(map(plain, header)).encode()).hexdigest()


def guess(header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        places.setdefault(plain(cell), place)
    found: dict[str, int] = {}
    for name, field in FIELDS.items():
        free = [places[one] for one in field.headers if one in places and places[one] not in found.values()]
        if free:
            found[name] = free[0]
    return found


def what_is_missing(columns: Mapping[str, int]) -> str:
    """A sentence, where these columns aren't enough; else nothing."""
    if "school_name" not in columns or "level" not in columns:
        return "Choose the columns of the school name and the level."
    if "awarded_on" not in columns and "round_name" not in columns:
        return "Choose the column of the award’s date or of its round."
    if len(set(columns.values())) < len(columns):
        return "Choose each column once."
    return ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Knows the portal's rounds: how long their awards last, and which numbers are theirs."""

    columns: Mapping[str, int]
    today: date
    years: Mapping[str, int]
    codes: frozenset[str]

    def row(self, cells: Sequence[str]) -> PastRow:
        """Not saved, without school and level. ``problem`` says why it can't be used."""
        told = {name: self._cell(cells, name) for name in FIELDS}
        row = PastRow(
            school_name=told["school_name"][:200],
            urn=told["urn"][:20],
            postcode=_postcode(told["postcode"])[:20],
            place=told["place"][:100],
            level_word=told["level"][:100],
            round_name=told["round_name"][:60],
            hub_name=told["hub_name"][:100],
        )
        row.problem = (
            self._dates(row, told["awarded_on"], told["valid_until"])
            or self._number(row, told["number"])
            or _lacking(row)
        )[:300]
        return row

    def _cell(self, cells: Sequence[str], name: str) -> str:
        place = self.columns.get(name)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    def _dates(self, row: PastRow, awarded: str, until: str) -> str:
        """Sets them; a sentence where it can't."""
        typed = awarded or row.round_name
        day, is_whole = day_of(typed)
        if day is None:
            return (
                f"“{typed[:60]}” is no date that we understand" if typed else "There is no date, nor a round"
            )
        if day > self.today and not is_whole and day.year == self.today.year:
            day = self.today  # "2026" in 2026: it has been, whenever it was
        if not FIRST_DAY <= day <= self.today:
            return f"“{typed[:60]}” isn’t the date of a past award"
        if not is_whole:
            row.note = f"No day is given: counted from {day.day} {day:%B %Y}"
        row.awarded_on = day
        row.valid_until = years_after(day, self.years.get(row.round_name.casefold(), YEARS))
        return self._until(row, day, until) if until else ""

    @staticmethod
    def _until(row: PastRow, day: date, until: str) -> str:
        row.valid_until, _ = day_of(until)
        if row.valid_until is None:
            return f"“{until[:60]}” (valid until) is no date that we understand"
        if not day < row.valid_until <= years_after(day, 20):
            return "It ends before it begins, or after more than twenty years"
        return ""

    def _number(self, row: PastRow, typed: str) -> str:
        number = re.sub(r"[/\\–—]", "-", typed.upper().replace(" ", ""))
        if not number:
            return ""
        if _NUMBER.fullmatch(number) is None:
            return f"The certificate number “{typed[:40]}” has other signs than letters, figures and - . _"
        if number.startswith(("PSQM-P-", *(f"PSQM-{code}-" for code in self.codes))):
            return f"The certificate number {number} is of a series that the portal gives itself"
        row.number = number
        return ""


def _lacking(row: PastRow) -> str:
    if not row.school_name:
        return "There is no school name"
    if not row.level_word:
        return "There is no level"
    return f"“{row.urn}” is no URN: six digits" if row.urn and not is_urn(row.urn) else ""


def day_of(typed: str) -> tuple[date | None, bool]:
    """The day, and whether it was given as one: of a month, a season or a year it is the last."""
    text = typed.strip().lower()
    if text.isascii() and text.isdigit() and int(text) in _EXCEL_DAYS:
        return date(1899, 12, 30) + timedelta(days=int(text)), True
    if found := _ISO.match(text):
        return _date(found[1], found[2], found[3]), True
    if found := _DAY.match(re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)):
        return _date(found[3], str(_MONTHS.get(found[2], found[2])), found[1]), True
    if found := _WORD_AND_YEAR.search(text):
        month = _MONTHS.get(found[1]) or _SEASONS.get(found[1])
        return (_last(int(found[2]), month) if month else None), False
    years = _YEAR.findall(text)
    return (_last(int(years[0]), 12) if len(years) == 1 else None), False


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(_full(int(year)), int(month), int(day))
    except ValueError:
        return None


def _last(year: int, month: int) -> date:
    year = _full(year)
    return date(year, month, calendar.monthrange(year, month)[1])


def _full(year: int) -> int:
    return year + 2000 if year < 100 else year


def _postcode(typed: str) -> str:
    found = POSTCODE.match(typed.upper())
    return f"{found[1]} {found[2]}" if found else typed.upper()
