"""Reading: each line of the file becomes a staged row, a thousand at a time, each batch with its end."""

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from psqm_portal.core.long_jobs import Overtaken
from psqm_portal.core.machine import Refused
from schools.domain.register import JOBS, Clock, Status, end
from schools.domain.register_columns import Columns, Said, said
from schools.domain.register_file import Record, Records, encoding_of, read_head
from schools.domain.register_judging import FIELDS, Finding, Judge, Ours, broken, values_of
from schools.domain.register_links import successors
from schools.models import RegisterFilter, RegisterImport, RegisterRow, School

BATCH = 1000


def read(register: RegisterImport, *, clock: Clock) -> None:
    """From where the last worker came to, until the report stands."""
    try:
        with default_storage.open(register.key, "rb") as file:
            _Reader(register, file, clock).run()
        links = _links(register)
    except FileNotFoundError as gone:
        raise Refused("The file was gone before it was read. Upload it again.") from gone
    _finish(register, links, clock)


class _Reader:
    def __init__(self, register: RegisterImport, file: IO[bytes], clock: Clock) -> None:
        self.register, self.clock = register, clock
        head = read_head(file)
        self.columns = Columns.of(head)
        self.records = Records(
            file,
            encoding=encoding_of(file),
            columns=self.columns.width,
            at_byte=register.at_byte or head.end_byte,
            at_line=register.at_line or head.end_line,
        )
        self.judge = Judge(RegisterFilter.objects.all())
        staged = register.rows.exclude(finding=Finding.BROKEN)
        self.seen: dict[str, int] = dict(staged.values_list("urn", "line"))
        self.without_urn = _without_urn(register)

    def run(self) -> None:
        records = iter(self.records)
        while batch := list(islice(records, BATCH)):
            self._stage(batch)

    def _stage(self, batch: list[Record]) -> None:
        rows = list(self._rows(batch))
        with transaction.atomic():
            last = batch[-1]
            step = {"at_byte": last.end_byte, "at_line": last.end_line, "touched_at": self.clock()}
            if not JOBS.mine(self.register).update(**step):
                raise Overtaken
            RegisterRow.objects.bulk_create(rows)

    def _rows(self, batch: list[Record]) -> Iterator[RegisterRow]:
        told = [
            (record, said(self.columns, record.cells) if not record.problem else None) for record in batch
        ]
        ours = _by_urn(one.urn for _, one in told if one is not None)
        for record, one in told:
            yield self._row(record, one, ours)

    def _row(self, record: Record, one: Said | None, ours: dict[str, Ours]) -> RegisterRow:
        row = RegisterRow(register=self.register, line=record.line)
        if one is None:
            row.finding, row.message = Finding.BROKEN, record.problem
            return row
        row.urn, row.name = one.urn[:6], one.values.get("name", "")
        problem = broken(one)
        if not problem and one.urn in self.seen:
            problem = f"URN {one.urn} stands in line {self.seen[one.urn]:,} already"
        if problem:
            row.finding, row.message = Finding.BROKEN, problem
            return row
        self.seen[one.urn] = record.line
        school = ours.get(one.urn) or self.without_urn.pop(_known_by(one.values), None)
        verdict = self.judge.verdict(one, school)
        row.finding, row.data, row.message = verdict.finding, verdict.data, verdict.message
        row.school_id = school.pk if school is not None else None
        return row


def _by_urn(urns: Iterator[str]) -> dict[str, Ours]:
    rows = School.objects.filter(urn__in=list(urns)).only(*FIELDS, "merged_into_id")
    return {str(row.urn): _ours(row) for row in rows}


def _without_urn(register: RegisterImport) -> dict[Any, Ours]:
    """Schools that came by hand without their URN, by name and postcode: the register brings it."""
    used = list(register.rows.filter(school__urn=None, school__isnull=False).values_list("school", flat=True))
    rows = School.objects.filter(urn=None, merged_into=None, country=School.Country.ENGLAND)
    known = rows.exclude(pk__in=used).only(*FIELDS, "merged_into_id")
    return {_known_by(one.values): one for one in map(_ours, known)}


def _known_by(values: dict[str, Any]) -> tuple[str, str]:
    return str(values["name"]).casefold(), str(values["postcode"]).replace(" ", "").upper()


def _ours(row: School) -> Ours:
    return Ours(row.pk, values_of(row), is_merged=row.merged_into_id is not None)


def _links(register: RegisterImport) -> dict[str, list[str]]:
    if not register.links_key:
        return {}
    with default_storage.open(register.links_key, "rb") as file:
        return successors(file)


def _finish(register: RegisterImport, links: dict[str, list[str]], clock: Clock) -> None:
    with transaction.atomic():
        locked = JOBS.mine(register).select_for_update().first()
        if locked is None:
            raise Overtaken
        _name_successors(register, links)
        found = register.rows.values_list("finding").annotate(Count("pk")).order_by()
        counts: dict[str, int] = dict(found)
        counts["successors"] = register.rows.exclude(successor_urn="").count()
        counts["missing"] = not_in_file(register).count()
        now = clock()
        end(
            JOBS.mine(register),
            register,
            Status.READ,
            counts=counts,
            lines=locked.at_line,
            touched_at=now,
        )


def _name_successors(register: RegisterImport, links: dict[str, list[str]]) -> None:
    """For our closed schools whose successor is one of ours too, or will be."""
    closing = register.rows.filter(finding=Finding.CLOSED)
    open_ = set(School.objects.filter(is_open=True, urn__isnull=False).values_list("urn", flat=True))
    open_ -= set(closing.values_list("urn", flat=True))
    open_ |= set(register.rows.filter(finding=Finding.NEW).values_list("urn", flat=True))
    closed = register.rows.filter(school__merged_into=None, school__successor=None, urn__in=list(links))
    named = []
    for row in closed.filter(school__is_open=False) | closed.filter(finding=Finding.CLOSED):
        after = next((urn for urn in links[row.urn] if urn in open_), "")
        if after:
            row.successor_urn = after
            row.finding = Finding.CHANGED if row.finding == Finding.SAME else row.finding
            named.append(row)
    RegisterRow.objects.bulk_update(named, ["successor_urn", "finding"], batch_size=500)


def not_in_file(register: RegisterImport) -> QuerySet[School]:
    """Open schools of ours whose URN no line of the file has."""
    known = RegisterRow.objects.filter(register=register, urn=OuterRef("urn"))
    usable = known.exclude(finding=Finding.BROKEN).exclude(urn="")
    unusable = register.rows.filter(finding=Finding.BROKEN).exclude(urn="").values("urn")
    ours = School.objects.filter(is_open=True, merged_into=None, urn__isnull=False)
    return ours.exclude(Exists(usable)).exclude(urn__in=unusable)
