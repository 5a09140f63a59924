"""Past awards: how long 5,800 of them take from HQ's workbook into the portal and out again; the memory.

    python -m bench.past_awards    on its own; DATABASE_URL names an empty database, else SQLite in BENCH_DIR

Made up, beside 6,000 schools: most rows have the school's URN, others its name and postcode, some a name that
is spelt otherwise, some nothing that we know. Prints one line of JSON.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import django

from bench.register import peak, row, verdict

ROWS, SCHOOLS = 5_800, 6_000
MOST_SECONDS, MOST_MB = 30, 200
HEADER = [
    "School", "Postcode", "URN", "Town", "Level", "Award date", "Round", "Certificate number", "Hub",
    "Subject leader", "Headteacher",
]  # fmt: skip


def made_up(rows: int, schools: int) -> Iterator[list[Any]]:
    random = Random(5800)  # noqa: S311 - the same rows each time
    for number in range(rows):
        known = row(number % schools)
        name, postcode, urn = known["EstablishmentName"], known["Postcode"], known["URN"]
        how = number % 20
        if how in {0, 1, 2}:
            urn = ""
        if how == 1:
            name, postcode = name.replace("Primary", "Primry").replace("School", "Schol"), ""
        elif how == 2:
            name, postcode = f"Nobody’s School {number}", ""
        day = date(2012, 1, 1) + timedelta(days=random.randrange(5000))
        level = random.choice(["Bronze", "PSQM Silver", "GOLD"])
        yield [
            name, postcode, urn, known["Town"], level, day if how != 3 else "soon", f"Round {day.year}",
            f"PS-{number:05d}" if how % 2 else "", f"Hub {number % 80}", "Ana Lee", "Bo Day",
        ]  # fmt: skip


def write_file(path: Path, rows: int, schools: int) -> None:
    import openpyxl  # noqa: PLC0415 - the table is made without it

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Awards")
    sheet.append(HEADER)
    for one in made_up(rows, schools):
        sheet.append(one)
    book.save(path)


def measure(rows: int, schools: int) -> dict[str, Any]:
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    from awards.domain import past as verbs  # noqa: PLC0415 - as above
    from awards.domain.past_columns import guess  # noqa: PLC0415 - as above
    from awards.domain.past_job import work  # noqa: PLC0415 - as above
    from psqm_portal.core import clock  # noqa: PLC0415 - as above
    from tests import factories  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    by = factories.hq()
    factories.framework()
    _make_schools(schools)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "awards.xlsx"
        write_file(path, rows, schools)
        before = peak()
        past = _asked(path, by)
        verbs.name_columns(past, guess(past.header), by=by, now=clock.now())
    found: dict[str, Any] = {"rows": rows, "schools": schools, "seconds": {}}
    for name, verb in (("read", None), ("written", verbs.agree), ("undone", verbs.undo)):
        if verb is not None:
            verb(past, by=by, now=clock.now())
        began = time.perf_counter()
        work(past.pk, clock=clock.now)
        found["seconds"][name] = time.perf_counter() - began
        past.refresh_from_db()
        found[name] = past.counts
    return found | {"before_mb": before, "peak_mb": peak()}


def _make_schools(schools: int) -> None:
    from schools.models import School  # noqa: PLC0415 - needs Django set up

    made = []
    for number in range(schools):
        known = row(number)
        made.append(
            School(
                name=known["EstablishmentName"],
                urn=str(known["URN"]),
                town=known["Town"],
                postcode=known["Postcode"],
                local_authority=known["LA (name)"],
            )
        )
    School.objects.bulk_create(made)


def _asked(path: Path, by: Any) -> Any:
    from django.core.files import File  # noqa: PLC0415 - needs Django set up

    from awards.domain import past as verbs  # noqa: PLC0415 - as above
    from psqm_portal.core import clock  # noqa: PLC0415 - as above

    with path.open("rb") as file:
        return verbs.ask(File(file, path.name), sheet="", by=by, now=clock.now())


def table(found: dict[str, Any]) -> str:
    took, most = found["seconds"], found["peak_mb"]
    whole = took["read"] + took["written"]
    lines = [
        f"Past awards: {found['rows']:,} rows, {found['schools']:,} schools",
        f"  read {took['read']:.1f} s   written {took['written']:.1f} s   undone {took['undone']:.1f} s",
        f"  read and written {whole:.1f} s, at most {MOST_SECONDS}: {verdict(whole <= MOST_SECONDS)}",
        f"  memory at its peak {most:,.0f} MB, at most {MOST_MB}: {verdict(most <= MOST_MB)}",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--schools", type=int, default=SCHOOLS)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    print(json.dumps(measure(asked.rows, asked.schools)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
