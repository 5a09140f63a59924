"""The national register's import: how long a file of 46,000 rows (58 MB) takes, and how much memory.

    python -m bench.register      on its own; DATABASE_URL names an empty database, else SQLite in BENCH_DIR

First into an empty portal, then the next month's file, mostly the same. They are made up: the register's own
columns, letters of cp1252, blank and broken rows. Prints one line of JSON.
"""

import argparse
import csv
import io
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import django

ROWS = 46_000
MOST_SECONDS, MOST_MB = 60, 200
# As the register's file began in 2026.
HEADERS = [
    "URN", "LA (code)", "LA (name)", "EstablishmentNumber", "EstablishmentName",
    "TypeOfEstablishment (code)", "TypeOfEstablishment (name)", "EstablishmentTypeGroup (code)",
    "EstablishmentTypeGroup (name)", "EstablishmentStatus (code)", "EstablishmentStatus (name)",
    "ReasonEstablishmentOpened (code)", "ReasonEstablishmentOpened (name)", "OpenDate",
    "ReasonEstablishmentClosed (code)", "ReasonEstablishmentClosed (name)", "CloseDate",
    "PhaseOfEducation (code)", "PhaseOfEducation (name)", "StatutoryLowAge", "StatutoryHighAge",
    "Boarders (code)", "Boarders (name)", "NurseryProvision (name)", "OfficialSixthForm (code)",
    "OfficialSixthForm (name)", "Gender (code)", "Gender (name)", "ReligiousCharacter (code)",
    "ReligiousCharacter (name)", "ReligiousEthos (name)", "Diocese (code)", "Diocese (name)",
    "AdmissionsPolicy (code)", "AdmissionsPolicy (name)", "SchoolCapacity", "SpecialClasses (code)",
    "SpecialClasses (name)", "CensusDate", "NumberOfPupils", "NumberOfBoys", "NumberOfGirls",
    "PercentageFSM", "TrustSchoolFlag (code)", "TrustSchoolFlag (name)", "Trusts (code)", "Trusts (name)",
    "SchoolSponsorFlag (name)", "SchoolSponsors (name)", "FederationFlag (name)", "Federations (code)",
    "Federations (name)", "UKPRN", "FEHEIdentifier", "FurtherEducationType (name)", "OfstedLastInsp",
    "OfstedSpecialMeasures (code)", "OfstedSpecialMeasures (name)", "LastChangedDate", "Street", "Locality",
    "Address3", "Town", "County (name)", "Postcode", "SchoolWebsite", "TelephoneNum", "HeadTitle (name)",
    "HeadFirstName", "HeadLastName", "HeadPreferredJobTitle", "BSOInspectorateName (name)",
    "InspectorateReport", "DateOfLastInspectionVisit", "NextInspectionVisit", "TeenMoth (name)",
    "TeenMothPlaces", "CCF (name)", "SENPRU (name)", "EBD (name)", "PlacesPRU", "FTProv (name)",
    "EdByOther (name)", "Section41Approved (name)", "SEN1 (name)", "SEN2 (name)", "SEN3 (name)",
    "SEN4 (name)", "SEN5 (name)", "SEN6 (name)", "SEN7 (name)", "SEN8 (name)", "SEN9 (name)",
    "SEN10 (name)", "SEN11 (name)", "SEN12 (name)", "SEN13 (name)", "TypeOfResourcedProvision (name)",
    "ResourcedProvisionOnRoll", "ResourcedProvisionCapacity", "SenUnitOnRoll", "SenUnitCapacity",
    "GOR (code)", "GOR (name)", "DistrictAdministrative (code)", "DistrictAdministrative (name)",
    "AdministrativeWard (code)", "AdministrativeWard (name)", "ParliamentaryConstituency (code)",
    "ParliamentaryConstituency (name)", "UrbanRural (code)", "UrbanRural (name)", "GSSLACode (name)",
    "Easting", "Northing", "MSOA (name)", "LSOA (name)", "InspectorateName (name)", "SENStat", "SENNoStat",
    "PropsName", "OfstedRating (name)", "RSCRegion (name)", "Country (name)", "UPRN", "SiteName",
    "QABName (code)", "QABName (name)", "EstablishmentAccredited (code)", "EstablishmentAccredited (name)",
    "QABReport", "CHNumber", "MSOA (code)", "LSOA (code)", "FSM",
]  # fmt: skip
LINK_HEADERS = ["URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate"]
FIRST_URN = 100_000
# (status, phase, group of types, type, low and high age), in the register's own proportions but for its many
# closed schools: here the import has to write most of the rows.
_KINDS = [
    (62, ("Open", "Primary", "Local authority maintained schools", "Community school", 4, 11)),
    (16, ("Open", "Primary", "Academies", "Academy converter", 3, 11)),
    (4, ("Open", "Primary", "Local authority maintained schools", "Foundation school", 4, 7)),
    (4, ("Open", "Primary", "Local authority maintained schools", "Voluntary aided school", 7, 11)),
    (2, ("Open", "Not applicable", "Special schools", "Community special school", 3, 19)),
    (1, ("Open", "Middle deemed secondary", "Academies", "Academy converter", 9, 13)),
    (1, ("Open, but proposed to close", "Primary", "Academies", "Academy sponsor led", 4, 11)),
    (4, ("Open", "Secondary", "Academies", "Academy converter", 11, 18)),
    (4, ("Closed", "Primary", "Local authority maintained schools", "Community school", 4, 11)),
    (1, ("Proposed to open", "Primary", "Free Schools", "Free schools", 4, 11)),
    (1, ("Open", "Not applicable", "Independent schools", "Other independent school", 4, 13)),
]
_SAINTS = [
    "St Mary’s",
    "St Peter’s",
    "St Cuthbert’s",
    "Saint André",
    "Holy Trinity",
    "All Saints’",
    "Björn’s",
]
_PLACES = [
    "Ashbrook", "Combe Martin", "Stoke-on-Trent", "Hébden", "Nether Wallop", "Ashby–de–la–Zouch", "Leeds",
    "Great Yarmouth", "Kirkby Lonsdale", "Sutton Coldfield", "Bury St Edmunds", "Königsford",
]  # fmt: skip
_KIND_NAMES = [
    "Primary School",
    "CofE Primary School",
    "Catholic Primary School",
    "Infants’ School",
    "Academy",
]
_FILLER = "Does not apply to this school"


@dataclass(frozen=True, slots=True)
class Figures:
    """One file's."""

    read_seconds: float
    write_seconds: float
    peak_mb: float
    findings: dict[str, Any]


def row(number: int, *, month: int = 0) -> dict[str, Any]:
    """One school of the made-up register; ``month`` 1: as it stands a month later."""
    random = Random(number)  # noqa: S311 - the same school each time
    status, phase, group, kind, low, high = random.choices(
        [one for _, one in _KINDS], weights=[weight for weight, _ in _KINDS]
    )[0]
    place = random.choice(_PLACES)
    name = f"{random.choice(_SAINTS)} {random.choice(_KIND_NAMES)}, {place} {number}"
    pupils, head = random.randrange(40, 700), random.choice(["Øster", "O’Brien", "Smith", "Müller", "Lee"])
    if month and number % 20 == 0:
        pupils += 7
    if month and number % 200 == 1 and status == "Open":
        status = "Closed"
    area = random.choice(["AS", "LS", "BD", "SL", "NR"])
    return {
        "URN": FIRST_URN + number,
        "LA (code)": 800 + number % 150,
        "LA (name)": f"{place} and District",
        "EstablishmentName": name,
        "TypeOfEstablishment (name)": kind,
        "EstablishmentTypeGroup (name)": group,
        "EstablishmentStatus (name)": status,
        "OpenDate": "01-09-1998",
        "CloseDate": "31-08-2026" if status == "Closed" else "",
        "PhaseOfEducation (name)": phase,
        "StatutoryLowAge": low,
        "StatutoryHighAge": high,
        "NumberOfPupils": pupils,
        "Street": f"{number % 200 + 1} Church Lane",
        "Locality": "Lower\nVillage" if number % 500 == 3 else "Lower Village",
        "Town": place,
        "County (name)": "Not recorded" if number % 9 == 0 else "West Yorkshire",
        "Postcode": f"{area}{number % 40 + 1} {number % 9 + 1}{'ABDEFGHJLN'[number % 10]}Q",
        "SchoolWebsite": f"www.school{number}.example"
        if number % 3
        else f"http://school{number}.example/home",
        "TelephoneNum": f"01{number % 1000:03d} {number:06d}",
        "HeadTitle (name)": "Mrs",
        "HeadFirstName": "Zoë",
        "HeadLastName": head,
        "Trusts (name)": f"{place} Learning Trust" if group == "Academies" else "",
        "Easting": 300_000 + number * 7 % 300_000,
        "Northing": 100_000 + number * 13 % 500_000,
    }


def lines(rows: int, *, month: int = 0, headers: list[str] = HEADERS, broken: bool = True) -> Iterator[str]:
    """The file's text. Every 700th row is broken in one of five ways, every 900th line is blank."""
    filler = {header: _FILLER for header in headers if header.startswith(("SEN", "TeenMoth", "CCF", "QAB"))}
    yield _line(headers)
    for number in range(rows):
        known = {**filler, **row(number, month=month)}
        cells = [known.get(header, "") for header in headers]
        if number % 900 == 5:
            yield "\r\n"
        if broken and number % 700 == 6:
            yield _broken(number, cells, headers)
        else:
            yield _line(cells)


def _line(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue()


def _broken(number: int, cells: list[Any], headers: list[str]) -> str:
    urn, name = headers.index("URN"), headers.index("EstablishmentName")
    match number // 700 % 5:
        case 0:
            return _line(cells[:-3])
        case 1:
            cells[urn] = "12"
        case 2:
            cells[name] = ""
        case 3:
            cells[urn] = FIRST_URN
        case _:
            return _line(cells).replace('"', "", 1)
    return _line(cells)


def write_file(path: Path, rows: int, **how: Any) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        file.writelines(lines(rows, **how))


def write_links(path: Path, rows: int) -> None:
    """Every 200th school, which closes in the second month, has its neighbour after it."""
    with path.open("w", encoding="cp1252", newline="") as file:
        out = csv.writer(file)
        out.writerow(LINK_HEADERS)
        for number in range(1, rows - 1, 200):
            out.writerow([FIRST_URN + number, FIRST_URN + number + 1, "Neighbour", "Successor", "01-09-2026"])


def measure(rows: int) -> dict[str, Any]:
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    from tests import factories  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    by = factories.hq()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("edubasealldata.csv", "next.csv", "links.csv")]
        write_file(paths[0], rows)
        write_file(paths[1], rows, month=1)
        write_links(paths[2], rows)
        first, later = (_imported(path, paths[2], by) for path in paths[:2])
        return {
            "rows": rows,
            "megabytes": paths[0].stat().st_size / 1024**2,
            "first": asdict(first),
            "next": asdict(later),
        }


def _imported(path: Path, links: Path, by: Any) -> Figures:
    from django.core.files import File  # noqa: PLC0415 - needs Django set up

    from psqm_portal.core import clock  # noqa: PLC0415 - as above
    from schools.domain import register as verbs  # noqa: PLC0415 - as above
    from schools.domain.register_job import work  # noqa: PLC0415 - as above

    with path.open("rb") as one, links.open("rb") as other:
        register = verbs.ask(File(one, path.name), File(other, links.name), by=by, now=clock.now())
    began = time.perf_counter()
    work(register.pk, clock=clock.now)
    read = time.perf_counter() - began
    register.refresh_from_db()
    verbs.agree(register, by=by, now=clock.now())
    began = time.perf_counter()
    work(register.pk, clock=clock.now)
    written = time.perf_counter() - began
    register.refresh_from_db()
    return Figures(read, written, peak(), register.counts)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(found: dict[str, Any]) -> str:
    lines = [f"National register: {found['rows']:,} rows, {found['megabytes']:.0f} MB"]
    for name, what in (("first", "into an empty portal"), ("next", "the next month’s, on top")):
        one = found[name]
        whole = one["read_seconds"] + one["write_seconds"]
        lines.append(
            f"  {what:<28}read {one['read_seconds']:>6.1f} s   written {one['write_seconds']:>6.1f} s   "
            f"both {whole:>6.1f} s, about {MOST_SECONDS}: {verdict(whole <= MOST_SECONDS)}"
        )
    peak = found["next"]["peak_mb"]
    lines.append(f"  memory at its peak {peak:,.0f} MB, at most {MOST_MB}: {verdict(peak <= MOST_MB)}")
    return "\n".join(lines)


def verdict(is_met: bool) -> str:  # noqa: FBT001 - a word for a figure
    return "met" if is_met else "MISSED"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    print(json.dumps(measure(asked.rows)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
