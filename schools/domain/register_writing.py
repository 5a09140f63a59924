"""Writing: what HQ agreed to, some hundred schools at a time, each batch with where it ended.

A value that somebody changed since the report was made stands: only what is still as the report showed it is
replaced.
"""

from collections import Counter
from typing import Any

from django.db import transaction

from psqm_portal.core import log
from psqm_portal.core.long_jobs import Overtaken
from schools.domain.register import JOBS, Clock, Status, end
from schools.domain.register_judging import Finding, Values, label, plain_value
from schools.models import RegisterImport, RegisterRow, School

BATCH = 500
WRITTEN = [Finding.NEW, Finding.CHANGED, Finding.CLOSED]


def write(register: RegisterImport, *, clock: Clock) -> None:
    """From where the last worker came to, until the last school is written."""
    todo = register.rows.filter(finding__in=WRITTEN).order_by("line")
    while batch := list(todo.filter(line__gt=register.at_line)[:BATCH]):
        with transaction.atomic():
            if not JOBS.mine(register).update(at_line=batch[-1].line, touched_at=clock()):
                raise Overtaken
            done = _add([row for row in batch if row.finding == Finding.NEW])
            done += _change([row for row in batch if row.finding != Finding.NEW])
            _count(register, done)
        register.at_line = batch[-1].line
    _finish(register, clock)


def _add(rows: list[RegisterRow]) -> Counter[str]:
    """Those whose URN somebody gave to a school since the report was made are left to the next import."""
    there = set(School.objects.filter(urn__in=[row.urn for row in rows]).values_list("urn", flat=True))
    made = [_filled(School(), row.data) for row in rows if row.urn not in there]
    School.objects.bulk_create(made)
    _say([row for row in rows if row.urn in there], "Added by hand since: left alone")
    return Counter({"new": len(made), "left_alone": len(rows) - len(made)})


def _change(rows: list[RegisterRow]) -> Counter[str]:
    done: Counter[str] = Counter()
    ours = {
        school.pk: school
        for school in School.objects.select_for_update(no_key=True)
        .filter(pk__in=[row.school_id for row in rows if row.school_id], merged_into=None)
        .order_by("pk")
    }
    changed: list[School] = []
    fields: set[str] = set()
    for row in rows:
        school = ours.get(row.school_id or 0)
        kept = {name for name, (before, _) in row.data.items() if school and _now(school, name) != before}
        changes: Values = {name: after for name, (_, after) in row.data.items() if name not in kept}
        if school is None or (row.data and not changes):
            done["left_alone"] += 1
            why = "Merged or gone" if school is None else "Changed by hand"
            _say([row], f"{why} since: left alone")
            continue
        if kept:
            _say([row], f"Changed by hand since, so left alone: {', '.join(map(label, sorted(kept)))}")
        if changes:
            changed.append(_filled(school, changes))
            fields |= changes.keys()
        done["closed" if row.finding == Finding.CLOSED else "changed"] += 1
    if changed:
        # One statement for them all, of whole rows that are locked: far quicker than a CASE for each field.
        School.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=sorted(fields)
        )
    return done


def _now(school: School, name: str) -> Any:
    return plain_value(getattr(school, name))


def _filled(school: School, values: Values) -> School:
    for name, value in values.items():
        field: Any = School._meta.get_field(name)  # noqa: SLF001 - Django documents it
        setattr(school, name, None if value == "" and field.null else field.to_python(value))
    return school


def _say(rows: list[RegisterRow], message: str) -> None:
    RegisterRow.objects.filter(pk__in=[row.pk for row in rows]).update(message=message[:300])


def _count(register: RegisterImport, done: Counter[str]) -> None:
    before = Counter(register.counts.get("written", {}))
    register.counts = {**register.counts, "written": dict(before + done)}
    RegisterImport.objects.filter(pk=register.pk).update(counts=register.counts)


def _finish(register: RegisterImport, clock: Clock) -> None:
    """Successors last: they may be among the new ones."""
    rows = list(register.rows.exclude(successor_urn="").order_by("line"))
    after = {
        school.urn: school
        for school in School.objects.filter(urn__in={row.successor_urn for row in rows}, merged_into=None)
    }
    with transaction.atomic():
        now = clock()
        linked = 0
        for row in rows:
            if (next_one := after.get(row.successor_urn)) is not None:
                linked += School.objects.filter(
                    urn=row.urn, is_open=False, merged_into=None, successor=None
                ).update(successor=next_one)
        counts = {**register.counts, "written": {**register.counts.get("written", {}), "successors": linked}}
        if not end(JOBS.mine(register), register, Status.DONE, ended_at=now, touched_at=now, counts=counts):
            raise Overtaken
        log.write(
            "register_import.written",
            by=register.agreed_by_id,
            now=now,
            about=f"register_import:{register.pk}",
        )
