"""Writing: the awards of all lines that are ready, some hundred at a time.

A line that is written says so in the same transaction, and the database knows one award of each line: whoever
takes it up after a kill makes none twice.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from awards.domain.past import JOBS, Clock, rest
from awards.domain.past_judging import READY, Finding, Known, judge
from awards.models import Award, PastImport, PastRow
from psqm_portal.core import log
from psqm_portal.core.long_jobs import Overtaken
from psqm_portal.core.models import Counter, HistoryEntry
from schools.models import School

BATCH = 500


def write(past: PastImport, *, clock: Clock) -> None:
    """From where the last worker came to, until the last ready line is written."""
    while _write_some(past, clock()):
        pass
    with transaction.atomic():
        if JOBS.mine(past).select_for_update().first() is None:
            raise Overtaken
        judge(past)
        now = clock()
        rest(past, now=now)
        log.write("past_import.written", by=past.agreed_by_id, now=now, about=f"past_import:{past.pk}")


def _write_some(past: PastImport, now: datetime) -> bool:
    with transaction.atomic():
        _one_writer()
        if not JOBS.mine(past).update(touched_at=now):
            raise Overtaken
        rows = list(past.rows.filter(finding__in=READY).order_by("line")[:BATCH])
        if not rows:
            return False
        schools = _schools({row.school_id for row in rows if row.school_id})
        for row in rows:
            row.school = schools[row.school_id or 0]
        known = Known.of([school.pk for school in schools.values()], [row.number for row in rows])
        good = []
        for row in rows:
            row.double = known.says(row)
            row.finding = Finding.DOUBLE if row.double else Finding.WRITTEN
            if not row.double:
                good.append(row)
                known.add_row(row)
        _make(past, good, now)
        PastRow.objects.bulk_update(rows, ["finding", "double", "school"])
    return True


def _one_writer() -> None:
    """At a time, of whichever import: another's awards may be doubles of these."""
    writing = PastImport.objects.filter(status=PastImport.Status.WRITING).order_by("pk")
    list(writing.select_for_update().values_list("pk"))


def _schools(ids: set[int]) -> dict[int, School]:
    """Locked, so that none is merged into another meanwhile; of one that was, the one that stays."""
    rows = School.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    locked = {school.pk: school for school in rows}
    gone = {school.merged_into_id for school in locked.values() if school.merged_into_id} - set(locked)
    stay = locked | (_schools({pk for pk in gone if pk}) if gone else {})
    return stay | {pk: stay[school.merged_into_id] for pk, school in locked.items() if school.merged_into_id}


def _make(past: PastImport, rows: list[Any], now: datetime) -> None:
    own = iter(Counter.take_many("award:past", sum(not row.number for row in rows)))
    made = Award.objects.bulk_create(
        Award(
            school_id=row.school_id,
            number=row.number or f"PSQM-P-{next(own):05d}",
            school_name=row.school_name,
            level_id=row.level_id,
            round_name=row.round_name,
            awarded_on=row.awarded_on,
            valid_until=row.valid_until,
            hub_name=row.hub_name,
            past_import=past,
            past_line=row.line,
        )
        for row in rows
    )
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            machine="award",
            subject_id=award.pk,
            action="bring_in",
            target=award.status,
            by_id=past.agreed_by_id,
            at=now,
        )
        for award in made
    )
