"""5,000 reminders that are due on one morning: how long the day's run takes, beside a floor.

    python -m bench.reminders       on its own; DATABASE_URL names an empty database, else SQLite in BENCH_DIR

The floor is a bare INSERT of the same mails and reminders into the same tables: what any program pays that
keeps them. Prints one line of JSON.
"""

import json
import os
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django

SCHOOLS = 834  # two leaders and a hub leader are reminded of two steps each: 5,004
LIMIT = 30  # seconds
SHIFT = timedelta(days=2_000)


@dataclass(frozen=True, slots=True)
class Figures:
    reminders: int
    mails: int
    queries: int
    seconds: float
    cpu_seconds: float
    ahead_seconds: float
    floor_seconds: float


def measure() -> Figures:
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up
    from django.db import connection  # noqa: PLC0415 - as above
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    from rounds.domain.reminders import send_reminders  # noqa: PLC0415 - as above
    from rounds.domain.reminders_ahead import ahead  # noqa: PLC0415 - as above
    from rounds.models import Reminder  # noqa: PLC0415 - as above
    from tests.factories import NOW  # noqa: PLC0415 - as above
    from tests.rounds.many_schools import made  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    made(SCHOOLS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    began = time.perf_counter()
    ahead(NOW)
    ahead_seconds = time.perf_counter() - began
    with CaptureQueriesContext(connection) as asked:
        began, worked = time.perf_counter(), time.process_time()
        mails = send_reminders(NOW)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    return Figures(
        reminders=Reminder.objects.filter(state="sent").count(),
        mails=mails,
        queries=len(asked),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        ahead_seconds=ahead_seconds,
        floor_seconds=_floor(),
    )


def _floor() -> float:
    from django.db import transaction  # noqa: PLC0415 - needs Django set up

    from messaging.models import Email  # noqa: PLC0415 - as above
    from rounds.models import Reminder  # noqa: PLC0415 - as above

    emails, rows = list(Email.objects.all()), list(Reminder.objects.all())
    for email in emails:
        email.pk, email.once = None, f"{email.once}:floor"
    for row in rows:
        row.pk, row.due_on = None, row.due_on + SHIFT
    with transaction.atomic():
        began = time.perf_counter()
        Email.objects.bulk_create(emails)
        Reminder.objects.bulk_create(rows)
        seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    return seconds


def table(found: dict[str, Any]) -> str:
    return (
        f"Reminders: {found['reminders']:,} due on one morning, in {found['mails']:,} mails\n"
        f"  {'the day’s run':<45}{found['seconds']:>8.1f} s   at most {LIMIT}    "
        f"{'met' if found['seconds'] <= LIMIT else 'MISSED'}\n"
        f"  {'this process’s own work in it':<45}{found['cpu_seconds']:>8.1f} s\n"
        f"  {'its queries':<45}{found['queries']:>8}\n"
        f"  {'floor: the same rows inserted bare':<45}{found['floor_seconds']:>8.1f} s   "
        f"{found['seconds'] / found['floor_seconds']:.1f} × the floor\n"
        f"  {'HQ’s look at the next 14 days':<45}{found['ahead_seconds']:>8.1f} s"
    )


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    found = measure()
    print(json.dumps({name: getattr(found, name) for name in Figures.__slots__}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
