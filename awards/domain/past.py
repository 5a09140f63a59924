"""HQ's spreadsheets of past awards: taken in, columns and words named, agreed to, undone. Decision 0081.

The import's row is its job (``core.long_jobs``). Reading stages what each line would become; no award is made
until HQ says so, and an import can be undone as a whole.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import IO

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from awards.domain.past_columns import HEADERS, guess, header_key, what_is_missing
from awards.domain.past_file import MAX_BYTES, Head, read_head
from awards.domain.past_judging import READY, Finding, judge, level_words, word_key
from awards.models import PastColumns, PastImport, PastRow, PastWord
from psqm_portal.core import events, log
from psqm_portal.core.long_jobs import HOPELESS, LongJobs
from psqm_portal.core.machine import Occasion, Refused
from rounds.models import Level
from schools.models import School
from schools.words import fold

Status = PastImport.Status
Clock = Callable[[], datetime]

JOBS = LongJobs(
    PastImport,
    {Status.WAITING: Status.READING, Status.AGREED: Status.WRITING, Status.UNDO: Status.UNDOING},
)
OPEN = [Status.READ, Status.DONE]
UNREAD = [Status.NAMING, Status.WAITING, Status.READING]


def ask(file: File, *, sheet: str, by: User, now: datetime) -> PastImport:
    """Take a file in; where its header is known, to be read at once. Raises Refused with a sentence."""
    _check_right(by)
    if file.size > MAX_BYTES:
        raise Refused(f"This file is larger than {MAX_BYTES // 1024**2} MB. Save the awards on their own.")
    head = read_head(_bytes(file), sheet=sheet.strip(), known=HEADERS)
    known = PastColumns.objects.filter(header_key=header_key(head.cells)).first()
    file.seek(0)
    key = default_storage.save(f"past-awards/{secrets.token_urlsafe(24)}", file)
    try:
        with transaction.atomic():
            past = PastImport.objects.create(
                name=(file.name or "")[-255:],
                key=key,
                size=file.size,
                status=Status.WAITING if known else Status.NAMING,
                columns=known.columns if known else guess(head.cells),
                asked_by=by,
                asked_at=now,
                touched_at=now,
                **_of_head(head),
            )
            _tell("asked", past, by=by, now=now)
    except BaseException:
        default_storage.delete(key)
        raise
    return past


def name_columns(past: PastImport, columns: Mapping[str, int], *, by: User, now: datetime) -> None:
    """What the columns hold, now and in the next file with this header; the lines are read (again)."""
    _check_right(by)
    if sentence := what_is_missing(columns):
        raise Refused(sentence)
    with transaction.atomic():
        past = _locked(past)
        if past.status not in {Status.NAMING, Status.READ} or not past.key or past.awards.exists():
            raise Refused("The columns can’t be changed any more. Upload the file again.")
        PastColumns.objects.update_or_create(
            header_key=header_key(past.header),
            defaults={"columns": dict(columns), "named_by": by, "named_at": now},
        )
        past.rows.all().delete()
        past.columns, past.example, past.counts = dict(columns), [], {}
        past.status, past.at_line, past.tries, past.touched_at = Status.WAITING, 0, 0, now
        past.save()
        _tell("named", past, by=by, now=now)


def name_words(past: PastImport, words: Mapping[str, Level | None], *, by: User, now: datetime) -> None:
    """Which level a word means, now and in the next file."""
    _check_right(by)
    with transaction.atomic():
        past, known = _open(past), level_words()
        said = {word_key(word): level for word, level in words.items()}
        for word, level in said.items():
            if known.get(word) != (level.pk if level else None):
                PastWord.objects.update_or_create(word=word, defaults={"level": level})
        open_rows = past.rows.exclude(finding=Finding.WRITTEN)
        for written in open_rows.order_by().values_list("level_word", flat=True).distinct():
            if (word := word_key(written)) in said:
                open_rows.filter(level_word=written).update(level=said[word])
        judge(past)
        _tell("words_named", past, by=by, now=now)


def choose(row: PastRow, school: School, *, by: User, now: datetime) -> int:
    """The school of this line, and of the others about it; returns how many lines these are."""
    _check_right(by)
    with transaction.atomic():
        past, row = _open_row(row)
        school = School.objects.get(pk=school.merged_into_id or school.pk)
        same = [row.pk, *(other.pk for other in _about_the_same(row))]
        PastRow.objects.filter(pk__in=same).update(school=school, sure=PastRow.Sure.HAND, is_left_out=False)
        judge(past)
        _tell("school_chosen", past, by=by, now=now)
    return len(same)


def leave_out(row: PastRow, *, by: User, now: datetime, out: bool = True) -> None:
    """No award is made of this line; or, after all, one is."""
    _check_right(by)
    with transaction.atomic():
        past, row = _open_row(row)
        PastRow.objects.filter(pk=row.pk).update(is_left_out=out)
        judge(past)
        _tell("left_out" if out else "taken_in", past, by=by, now=now)


def agree(past: PastImport, *, by: User, now: datetime) -> None:
    """Let what is ready be written; the rest may follow later."""
    _check_right(by)
    with transaction.atomic():
        past = _open(past)
        if not past.rows.filter(finding__in=READY).exists():
            raise Refused("No row is ready to be written.")
        _to(past, Status.AGREED, now, agreed_by=by)
        _tell("agreed", past, by=by, now=now)


def undo(past: PastImport, *, by: User, now: datetime) -> None:
    """Take its awards away again, but for those that something hangs on by now."""
    _check_right(by)
    with transaction.atomic():
        past = _open(past)
        if not past.awards.exists():
            raise Refused("No award came from this file.")
        _to(past, Status.UNDO, now, agreed_by=by)
        _tell("undo_asked", past, by=by, now=now)


def drop(past: PastImport, *, by: User, now: datetime) -> None:
    """Forget a file of which nothing is written; a worker that reads it stops at its next batch."""
    _check_right(by)
    with transaction.atomic():
        past = _locked(past)
        if past.status not in {*UNREAD, Status.READ} or past.awards.exists():
            raise Refused("This import can’t be dropped any more. It can be undone.")
        past.rows.all().delete()
        PastImport.objects.filter(pk=past.pk).update(
            status=Status.DROPPED, counts={}, example=[], touched_at=now
        )
        forget_file(past)
        _tell("dropped", past, by=by, now=now)


def rest(past: PastImport, *, now: datetime, problem: str = "") -> bool:
    """End a step: awards of it stand, or none do. False where somebody else has it now. In a transaction."""
    reading = past.status == Status.READING
    stands = Status.DONE if past.awards.exists() else Status.READ
    mine = JOBS.mine(past)
    if not mine.update(
        status=Status.FAILED if problem and reading else stands, problem=problem, touched_at=now
    ):
        return False
    if stands == Status.DONE or (problem and reading):
        forget_file(past)
    return True


def fail_the_hopeless(*, now: datetime) -> None:
    for past in JOBS.hopeless(now):
        with transaction.atomic():
            rest(past, now=now, problem=HOPELESS)


def forget_file(past: PastImport) -> None:
    """Name now, bytes once the transaction is through; the sweep of orphans finds what a kill leaves."""
    key = past.key
    PastImport.objects.filter(pk=past.pk).update(key="")
    if key:
        transaction.on_commit(lambda: default_storage.delete(key))


def keys_needed(keys: Iterable[str]) -> set[str]:
    return set(PastImport.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def _about_the_same(row: PastRow) -> list[PastRow]:
    """Other lines without a sure school that say the same of it: most schools had more than one award."""
    rows = PastRow.objects.filter(
        past=row.past_id, urn=row.urn, postcode=row.postcode, place=row.place, problem=""
    )
    open_ = rows.filter(finding__in=[Finding.CHOOSE, Finding.MISSING, Finding.LIKELY, Finding.LEVEL])
    name = fold(row.school_name)
    others = open_.exclude(pk=row.pk).exclude(sure__in=[PastRow.Sure.URN, PastRow.Sure.NAME])
    return [other for other in others if fold(other.school_name) == name]


def _check_right(by: User) -> None:
    if not by.has_perm("awards.run"):
        raise PermissionDenied


def _locked(past: PastImport) -> PastImport:
    return PastImport.objects.select_for_update().get(pk=past.pk)


def _open(past: PastImport) -> PastImport:
    locked = _locked(past)
    if locked.status not in OPEN:
        raise Refused(f"This can’t be done now: the file is {locked.get_status_display().lower()}.")
    return locked


def _open_row(row: PastRow) -> tuple[PastImport, PastRow]:
    past = _open(row.past)
    fresh = PastRow.objects.get(pk=row.pk)
    if fresh.finding in {Finding.WRITTEN, Finding.BROKEN}:
        raise Refused(
            "Its award is written."
            if fresh.finding == Finding.WRITTEN
            else "This row can’t be read. Mend it in the file and upload that again."
        )
    return past, fresh


def _to(past: PastImport, status: Status, now: datetime, *, agreed_by: User) -> None:
    PastImport.objects.filter(pk=past.pk).update(
        status=status, agreed_by=agreed_by, at_line=0, tries=0, problem="", touched_at=now
    )


def _of_head(head: Head) -> dict[str, object]:
    return {
        "header": head.cells,
        "head_line": head.line,
        "example": head.example,
        "sheet": head.sheet,
        "other_sheets": list(head.other_sheets),
    }


def _bytes(file: File) -> IO[bytes]:
    return file.file if file.file is not None else file


def _tell(what: str, past: PastImport, *, by: User, now: datetime) -> None:
    log.write(f"past_import.{what}", by=by, now=now, about=f"past_import:{past.pk}")
    if what in {"asked", "named", "agreed", "undo_asked"}:
        events.publish("past_import.waits", past, Occasion(by=by, now=now))
