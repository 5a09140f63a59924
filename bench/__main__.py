"""Sizes and speeds of the portal's pages beside a floor (quality.md, "Speed").

    python -m bench            50, 1,000 and 10,000 submissions
    python -m bench --quick    50 and 200, to see that it runs
    python -m bench --sizes 50 1000 --samples 100

PostgreSQL is the server that DATABASE_URL names, else a private one. One table on stdout, the same as JSON in
bench/results/. Exit code 1: the floor moved by over 30 % during the run, so that its figures say nothing.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench import assign, certificates, past_awards, register, reminders, search, uploads
from bench.client import get, load
from bench.report import table, targets
from bench.server import Server

SIZES, QUICK = [50, 1_000, 10_000], [50, 200]
CONNECTIONS = [1, 4]
DRIFT = 0.30
RESULTS = Path(__file__).parent / "results"


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a server on which databases may be made."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    from tests.support.services import Postgres  # noqa: PLC0415 - only where none is given

    with Postgres() as server:
        yield server.url


@contextlib.contextmanager
def database(server_url: str, size: int) -> Iterator[str]:
    """A database for one size; it goes afterwards."""
    name = f"psqm_bench_{size}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def alone(program: str, url: str) -> dict[str, Any]:
    """The figures that one of our programs prints, from a process and a database of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", program]
    told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def prepare(url: str, size: int) -> tuple[dict[str, dict[str, str]], float]:
    """Pages with their sessions, and the seconds that filling took."""
    began = time.monotonic()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "bench.prepare", "--submissions", str(size)]
    told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout.splitlines()[-1]), time.monotonic() - began


def inside(port: int, page: dict[str, str]) -> dict[str, Any]:
    """Queries, instances and kB of the page, and the median of its database time over five asks."""
    answers = [get(port, page["path"], page["session"], probe=True) for _ in range(5)]
    last = answers[-1]
    return {
        "queries": int(last.headers["x-bench-queries"]),
        "instances": int(last.headers["x-bench-instances"]),
        "database_ms": 1000 * statistics.median(float(one.headers["x-bench-database"]) for one in answers),
        "kb": last.size / 1024,
    }


def outside(port: int, page: dict[str, str], samples: int) -> list[dict[str, Any]]:
    """p50, p95 and requests a second at one and at four connections."""
    load(port, page["path"], page["session"], samples=8, connections=2)  # warms both workers
    cells = []
    for connections in CONNECTIONS:
        measured = load(port, page["path"], page["session"], samples=samples, connections=connections)
        cells.append(
            {
                "connections": connections,
                "samples": len(measured.seconds),
                "p50_ms": measured.percentile(0.50),
                "p95_ms": measured.percentile(0.95),
                "per_second": measured.per_second,
            }
        )
    return cells


def measure(url: str, size: int, samples: int, log: Path) -> dict[str, Any]:
    """Every page at one size, the floor before and after."""
    pages, seconds = prepare(url, size)
    floor_page = pages.pop("floor")
    with Server("bench.floor_settings", url, log) as floor, Server("bench.settings", url, log) as portal:
        before = outside(floor.port, floor_page, samples)
        cells = {
            name: {**inside(portal.port, page), "cells": outside(portal.port, page, samples)}
            for name, page in pages.items()
        }
        after = outside(floor.port, floor_page, samples)
        beside = uploads.beside_an_upload(portal.port, pages, samples)
        return {
            "submissions": size,
            "seed_seconds": seconds,
            "floor": {**inside(floor.port, floor_page), "cells": before, "after": after},
            "drift": max(_drift(one, two) for one, two in zip(before, after, strict=True)),
            "pages": cells,
            "uploads": beside,
            "memory_mb": portal.memory(),
        }


def _drift(before: dict[str, Any], after: dict[str, Any]) -> float:
    one, two = before["p50_ms"], after["p50_ms"]
    return float(abs(one - two) / min(one, two))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--samples", type=int, default=100, help="at least 60 for figures that count")
    asked = parser.parse_args()
    sizes = asked.sizes or (QUICK if asked.quick else SIZES)
    with postgresql() as server_url, tempfile.TemporaryDirectory(prefix="psqm-bench-") as folder:
        os.environ["BENCH_DIR"] = folder
        runs = []
        for size in sizes:
            print(f"{size:,} submissions …", file=sys.stderr, flush=True)
            with database(server_url, size) as url:
                runs.append(measure(url, size, asked.samples, Path(folder) / "gunicorn.log"))
        print("5,000 due reminders …", file=sys.stderr, flush=True)
        with database(server_url, 0) as url:
            others = {"reminders": alone("bench.reminders", url)}
        print("46,000 rows of the national register …", file=sys.stderr, flush=True)
        with database(server_url, 0) as url:
            others["register"] = alone("bench.register", url)
        print("5,800 past awards …", file=sys.stderr, flush=True)
        with database(server_url, 0) as url:
            others["past_awards"] = alone("bench.past_awards", url)
        print("600 certificates …", file=sys.stderr, flush=True)
        with database(server_url, 0) as url:
            others["certificates"] = alone("bench.certificates", url)
        print("46,000 schools to find one of …", file=sys.stderr, flush=True)
        with database(server_url, 0) as url:
            searches = search.on_both(url)
        print("600 submissions to give 80 reviewers …", file=sys.stderr, flush=True)
        with database(server_url, 0) as url:
            others["assign"] = alone("bench.assign", url)
    is_void = any(run["drift"] > DRIFT for run in runs)
    print(table(runs))
    print(targets(runs))
    print(uploads.table(runs))
    print(reminders.table(others["reminders"]))
    print(register.table(others["register"]))
    print(past_awards.table(others["past_awards"]))
    print(certificates.table(others["certificates"]))
    print(search.table(searches))
    print(assign.table(others["assign"]))
    if is_void:
        print(f"\nVOID: the floor moved by more than {DRIFT:.0%} during the run. Run it on a quiet machine.")
    RESULTS.mkdir(exist_ok=True)
    at = datetime.now(UTC)  # noqa: TID251 - a program for a terminal reads the clock
    file = RESULTS / f"{at:%Y%m%dT%H%M%SZ}.json"
    file.write_text(
        json.dumps(
            {"at": at.isoformat(), "void": is_void, "runs": runs, "searches": searches, **others}, indent=1
        )
        + "\n"
    )
    print(f"\nWritten to {file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}")
    return 1 if is_void else 0


if __name__ == "__main__":
    raise SystemExit(main())
