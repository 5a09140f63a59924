"""A plan for 600 submissions with two reviews each by 80 hub leaders: how long HQ waits for it.

    python -m bench.assign       on its own; DATABASE_URL names an empty database, else SQLite in BENCH_DIR

Easy (places to spare), exact (not one to spare) and short (80 reviews too few), each solved from plain data;
the easy one also as HQ asks for it, read from the database and written to it. Prints one line of JSON.
"""

import json
import os
import time
from random import Random
from typing import Any

import django

SUBMISSIONS, LEADERS, REVIEWS = 600, 80, 2
EACH = SUBMISSIONS * REVIEWS // LEADERS
LIMIT = 1.0  # second
# What a leader agreed to, and how many reviews that leaves out.
CASES = {"easy": (EACH + 3, 0), "exact": (EACH, 0), "short": (EACH - 1, LEADERS)}


def fill() -> Any:
    """A round in which everything is submitted; schools and hubs all over England."""
    from hubs.models import Hub, HubMembership, HubRound, Seat  # noqa: PLC0415 - needs Django set up
    from messaging.models import Conversation  # noqa: PLC0415 - as above
    from rounds.models import Level  # noqa: PLC0415 - as above
    from schools.models import School  # noqa: PLC0415 - as above
    from submissions.models import Submission  # noqa: PLC0415 - as above
    from tests import factories as make  # noqa: PLC0415 - as above

    chance = Random(6)  # noqa: S311 - the same round each time
    cycle = make.round_()
    levels = list(Level.objects.filter(framework=cycle.framework))
    at = {"easting": 0, "northing": 0}

    def somewhere() -> dict[str, int]:
        return dict(
            zip(at, (chance.randrange(300_000, 650_000), chance.randrange(50_000, 600_000)), strict=True)
        )

    hubs = [
        Hub.objects.create(name=f"Hub {one}", slug=f"hub-{one}", place="Here", **somewhere())
        for one in range(LEADERS)
    ]
    for hub in hubs:
        HubMembership.objects.create(
            hub=hub, user=make.user(f"Leader of {hub}"), role="hub leader", started_at=make.NOW,
            agreed_reviews=CASES["easy"][0],
        )  # fmt: skip
    schools = School.objects.bulk_create(
        School(
            name=f"School {one}", town="Here", postcode="AS1 2BC", trust=f"Trust {one % 150}", **somewhere()
        )
        for one in range(SUBMISSIONS)
    )
    talks = Conversation.objects.bulk_create(Conversation(started_at=make.NOW) for _ in schools)
    rows = HubRound.objects.bulk_create(HubRound(hub=hub, round=cycle) for hub in hubs)
    seats = Seat.objects.bulk_create(
        Seat(hub_round=rows[number % LEADERS], number=1 + number // LEADERS) for number in range(SUBMISSIONS)
    )
    Submission.objects.bulk_create(
        Submission(
            school=school, round=cycle, hub=seat.hub_round.hub, seat=seat, conversation=talk,
            status="submitted", target_level=chance.choice(levels), cycle=1, enrolled_at=make.NOW,
            submitted_at=make.NOW,
        )
        for school, talk, seat in zip(schools, talks, seats, strict=True)
    )  # fmt: skip
    return cycle


def measure() -> dict[str, Any]:
    from dataclasses import replace  # noqa: PLC0415 - only here

    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up
    from django.db import connection, transaction  # noqa: PLC0415 - as above
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    from awards.domain import plans, standing  # noqa: PLC0415 - as above
    from awards.domain.planning import solve  # noqa: PLC0415 - as above
    from awards.domain.staffing import staffing  # noqa: PLC0415 - as above
    from submissions.models import Submission  # noqa: PLC0415 - as above
    from tests import factories as make  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    cycle = fill()
    for submission in Submission.objects.select_related("school"):
        with transaction.atomic():
            standing.on_enrolment(submission)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    problem = staffing(cycle).problem()
    cases = {}
    for name, (most, missing) in CASES.items():
        asked = replace(problem, readers=[replace(reader, most=most) for reader in problem.readers])
        began = time.perf_counter()
        found = solve(asked)
        cases[name] = {
            "seconds": time.perf_counter() - began,
            "missing": found.missing,
            "as_expected": found.missing == missing,
            "loads": [min(found.load.values()), max(found.load.values())],
        }
    hq = make.hq()
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        plan = plans.make(cycle, by=hq, now=make.NOW)
        asked_for = time.perf_counter() - began
    began = time.perf_counter()
    whole = plans.check(plan).whole
    return {
        "database": connection.vendor,
        "cases": cases,
        "asked_for_seconds": asked_for,
        "queries": len(queries),
        "page_seconds": time.perf_counter() - began,
        "whole": len(whole),
    }


def table(found: dict[str, Any]) -> str:
    lines = [f"A plan of reviews: {SUBMISSIONS} submissions × {REVIEWS} by {LEADERS} hub leaders"]
    for name, case in found["cases"].items():
        low, high = case["loads"]
        met = case["seconds"] <= LIMIT and case["as_expected"]
        what = f"{name}: {low} to {high} each, {case['missing']} missing"
        lines.append(
            f"  {what:<45}{case['seconds']:>8.2f} s   at most {LIMIT:.0f}    {'met' if met else 'MISSED'}"
        )
    lines.append(
        f"  {'as HQ asks for it, with the database':<45}{found['asked_for_seconds']:>8.2f} s"
        f"   {found['queries']} queries"
    )
    lines.append(f"  {'held against the moment, for its page':<45}{found['page_seconds']:>8.2f} s")
    return "\n".join(lines)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    print(json.dumps(measure()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
