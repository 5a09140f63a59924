"""Finding a school among 46,000, as it is typed: what each kind of search takes on a database.

    python -m bench.search       on its own; DATABASE_URL names an empty database, else SQLite in BENCH_DIR

The schools are made up, with about as many different words as the real ones have. Prints one line of JSON.
"""

import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import django

SCHOOLS = 46_000
LIMIT_MS = 100
SAMPLES = 60
NAMES, TOWNS = 14_000, 6_000
BEGINS = """
    ab al bar ber bra cal car che cor dal den dor el far gar hal har ked lan lin mal mar mel nor oak pen
    ral ros sal sher stan tar thor wal wes win"""
MIDDLES = "a den der e en er i in ing ke le mer ne o ow se te y"
ENDS = """
    bank borough bourne bridge brook bury by combe cot dale den field ford gate ham hill hurst ley low mere
    mont more ridge sea stead stow ton wick wood worth"""
SAINTS = [
    "Mary",
    "John",
    "Peter",
    "Paul",
    "Joseph",
    "Michael",
    "Thomas",
    "Anne",
    "Andrew",
    "James",
    "Mark",
    "Luke",
]
FAITHS = ["CofE", "Church of England", "C of E", "Catholic", "RC", "CE"]
KINDS = [
    "Primary School",
    "Infant School",
    "Junior School",
    "Primary Academy",
    "School",
    "Community Primary School",
]
SEARCHES = {
    "a name": ["{name}", "st marys", "{first} primary", "st peters ce primary"],
    "its beginning": ["s", "st", "st m", "{beginning}"],
    "a place": ["{town}", "st marys {town}", "{town} junior"],
    "a postcode": ["{postcode}", "{squeezed}", "{outward}"],
    "a URN": ["{urn}", "1234"],
    "mistyped": ["{mistyped}", "st mrays {town}", "primry schol", "xqzvkj primary"],
}


def made_schools() -> list[Any]:
    from schools.models import School  # noqa: PLC0415 - needs Django set up

    chance = random.Random(5)  # noqa: S311 - the same schools each time
    stems = [
        "".join(parts).capitalize()
        for parts in itertools.product(*(some.split() for some in (BEGINS, MIDDLES, ENDS)))
    ]
    chance.shuffle(stems)
    names, towns = stems[:NAMES], stems[-TOWNS:]
    letters = "ABDEFGHJLNPQRSTUWXYZ"

    def name() -> str:
        kind = chance.choice(KINDS)
        if chance.random() < 0.35:
            return f"St {chance.choice(SAINTS)}'s {chance.choice(FAITHS)} {kind}"
        return f"{chance.choice(names)} {chance.choice(['', '', 'Park ', 'Lane ', 'Green '])}{kind}"

    def postcode() -> str:
        area = f"{chance.choice(letters)}{chance.choice(letters)}{chance.randint(1, 29)}"
        return f"{area} {chance.randint(1, 9)}{chance.choice(letters)}{chance.choice(letters)}"

    return [
        School(
            name=name(), urn=str(100_000 + number), town=(town := chance.choice(towns)), postcode=postcode(),
            street=f"{number % 90 + 1} {chance.choice(names)} Road", pupils=chance.randint(40, 700),
            local_authority=towns[sum(map(ord, town[:4])) % 150], county=towns[sum(map(ord, town[:2])) % 48],
            is_open=chance.random() < 0.55, phone="01234 567890", website="https://school.example/about-us",
            headteacher_name="Ms Alex Example", trust=f"{chance.choice(names)} Learning Trust",
        )
        for number in range(SCHOOLS)
    ]  # fmt: skip


def wanted(school: Any) -> dict[str, list[str]]:
    """The searches, for one school."""
    first, _, _ = school.name.partition(" ")
    words = {
        "name": school.name, "first": first, "beginning": first[:5], "town": school.town, "urn": school.urn,
        "postcode": school.postcode, "squeezed": school.postcode.replace(" ", "").lower(),
        "outward": school.postcode.partition(" ")[0],
        "mistyped": f"{first[:2]}{first[3]}{first[2]}{first[4:]} prim",
    }  # fmt: skip
    return {kind: [one.format(**words) for one in typed] for kind, typed in SEARCHES.items()}


def measure() -> dict[str, Any]:
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up
    from django.db import connection  # noqa: PLC0415 - as above

    from schools.models import School, SchoolWord  # noqa: PLC0415 - as above
    from schools.search import find  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    School.objects.bulk_create(made_schools(), batch_size=2000)
    filled = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()
    example = School.objects.filter(is_open=True).exclude(name__startswith="St ").order_by("pk")[1000]
    cells = {}
    for kind, typed in wanted(example).items():
        connection.close()
        first = [_seconds(find, one) for one in typed]
        warm = sorted(_seconds(find, one) for one in typed * (SAMPLES // len(typed)))
        cells[kind] = {
            "first_ms": 1000 * max(first),
            "p50_ms": 1000 * statistics.median(warm),
            "p95_ms": 1000 * warm[int(len(warm) * 0.95)],
        }
    return {
        "database": connection.vendor,
        "schools": SCHOOLS,
        "words": SchoolWord.objects.count(),
        "fill_seconds": filled,
        "cells": cells,
    }


def _seconds(find: Callable[[str], Any], typed: str) -> float:
    began = time.perf_counter()
    find(typed)
    return time.perf_counter() - began


def on_both(url: str) -> list[dict[str, Any]]:
    """Figures from the server that the URL names and from SQLite, each in a process of its own."""
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings", "PYTHONWARNINGS": "ignore"}
    found = []
    for environment in ({**given, "DATABASE_URL": url}, {**given, "DATABASE_URL": ""}):
        command = [sys.executable, "-m", "bench.search"]
        told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        found.append(json.loads(told.stdout.splitlines()[-1]))
    return found


def table(runs: list[dict[str, Any]]) -> str:
    lines = [f"Finding a school among {SCHOOLS:,}: ms, at most {LIMIT_MS} (first: on a new connection)"]
    for run in runs:
        lines.append(
            f"  {run['database']}, {run['words']:,} different words, filled in {run['fill_seconds']:.0f} s"
        )
        for kind, cell in run["cells"].items():
            word = "met" if max(cell["first_ms"], cell["p95_ms"]) <= LIMIT_MS else "MISSED"
            lines.append(
                f"    {kind:<18}first{cell['first_ms']:>6.0f}   p50{cell['p50_ms']:>6.0f}"
                f"   p95{cell['p95_ms']:>6.0f}   {word}"
            )
    return "\n".join(lines)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    print(json.dumps(measure()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
