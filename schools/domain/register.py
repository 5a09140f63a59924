"""The national register's file: taken in, agreed to or dropped. Decision 0070.

The import's row is its job. Reading stages what each line would change; nothing is written to a school until
HQ says so. The file is deleted when it is read, and what was staged three months after the import ended.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from psqm_portal.core import events, log
from psqm_portal.core.long_jobs import HOPELESS, LongJobs
from psqm_portal.core.machine import Occasion, Refused
from schools.domain.register_columns import Columns
from schools.domain.register_file import read_head
from schools.domain.register_links import check_links
from schools.models import RegisterImport, RegisterRow

Status = RegisterImport.Status
Clock = Callable[[], datetime]

# As much as nginx lets in at the upload's address, both files together (deploy/nginx.conf).
MAX_BYTES = 140 * 1024 * 1024
MAX_LINKS_BYTES = 20 * 1024 * 1024
KEPT_FOR = timedelta(days=90)

JOBS = LongJobs(RegisterImport, {Status.WAITING: Status.READING, Status.AGREED: Status.WRITING})


class BadLinks(Refused):
    """The sentence is about the second file."""


def ask(file: File, links: File | None, *, by: User, now: datetime) -> RegisterImport:
    """Take a file in, to be read in the background. Raises Refused or BadLinks with a sentence."""
    _check_right(by)
    columns = _checked(file, MAX_BYTES)
    if links is not None:
        try:
            _within(links, MAX_LINKS_BYTES)
            check_links(_bytes(links))
        except Refused as refused:
            raise BadLinks(str(refused)) from refused
    keys = [_keep(one) if one is not None else "" for one in (file, links)]
    try:
        with transaction.atomic():
            register = RegisterImport.objects.create(
                name=_name(file),
                key=keys[0],
                size=file.size,
                links_name=_name(links) if links is not None else "",
                links_key=keys[1],
                columns={"found": columns.width, "missing": columns.missing},
                asked_by=by,
                asked_at=now,
                touched_at=now,
            )
            _tell("asked", register, by=by, now=now)
    except IntegrityError as twice:
        _delete(keys)
        raise Refused("Another import is underway. Write or drop it first.") from twice
    except BaseException:
        _delete(keys)
        raise
    return register


def agree(register: RegisterImport, *, by: User, now: datetime) -> None:
    """Let what was read be written."""
    _check_right(by)
    with transaction.atomic():
        if not RegisterImport.objects.filter(pk=register.pk, status=Status.READ).update(
            status=Status.AGREED, agreed_by=by, at_line=0, tries=0, touched_at=now
        ):
            raise Refused("These changes can’t be written now.")
        _tell("agreed", register, by=by, now=now)


def go_on(register: RegisterImport, *, by: User, now: datetime) -> None:
    """Write what a failed writing left."""
    _check_right(by)
    failed = RegisterImport.objects.filter(pk=register.pk, status=Status.FAILED, agreed_by__isnull=False)
    try:
        with transaction.atomic():
            if not failed.update(status=Status.AGREED, tries=0, touched_at=now, ended_at=None, problem=""):
                raise Refused("There is nothing to go on with.")
            _tell("agreed", register, by=by, now=now)
    except IntegrityError as twice:
        raise Refused("Another import is underway. Write or drop it first.") from twice


def drop(register: RegisterImport, *, by: User, now: datetime) -> None:
    """Forget a file of which nothing is written yet; a worker that reads it stops at its next batch."""
    _check_right(by)
    open_ = RegisterImport.objects.filter(
        pk=register.pk, status__in=[Status.WAITING, Status.READING, Status.READ]
    )
    with transaction.atomic():
        if not open_.update(status=Status.DROPPED, ended_at=now, touched_at=now):
            raise Refused("This import can’t be dropped any more.")
        forget_files(register)
        _tell("dropped", register, by=by, now=now)


def end(mine: QuerySet[RegisterImport], register: RegisterImport, status: Status, **more: Any) -> bool:
    """Set the step's end if it is still ours, and let the files go. Call in a transaction."""
    if not mine.update(status=status, **more):
        return False
    forget_files(register)
    return True


def forget_files(register: RegisterImport) -> None:
    """Names now, bytes once the transaction is through; a sweep finds what a killed process leaves."""
    keys = [register.key, register.links_key]
    RegisterImport.objects.filter(pk=register.pk).update(key="", links_key="")
    transaction.on_commit(lambda: _delete(keys))


def fail_the_hopeless(*, now: datetime) -> None:
    for register in JOBS.hopeless(now):
        give_up(register, now=now)


def give_up(register: RegisterImport, *, now: datetime) -> None:
    with transaction.atomic():
        end(JOBS.mine(register), register, Status.FAILED, ended_at=now, problem=HOPELESS)


def sweep_old(*, now: datetime) -> None:
    """What was staged goes three months after the import ended; its figures stay."""
    ended = RegisterImport.objects.filter(ended_at__lt=now - KEPT_FOR)
    RegisterRow.objects.filter(register__in=ended).delete()


def _check_right(by: User) -> None:
    if not by.has_perm("schools.import_register"):
        raise PermissionDenied


def _checked(file: File, most: int) -> Columns:
    _within(file, most)
    return Columns.of(read_head(_bytes(file)))


def _within(file: File, most: int) -> None:
    if file.size > most:
        raise Refused(f"This file is larger than {most // 1024**2} MB, which the register never is.")


def _bytes(file: File) -> IO[bytes]:
    return file.file if file.file is not None else file


def _keep(file: File) -> str:
    """Its bytes under a name of their own, before the row."""
    file.seek(0)
    return default_storage.save(f"register/{secrets.token_urlsafe(24)}.csv", file)


def _delete(keys: list[str]) -> None:
    for key in filter(None, keys):
        default_storage.delete(key)


def _name(file: File) -> str:
    return (file.name or "")[-255:]


def _tell(what: str, register: RegisterImport, *, by: User, now: datetime) -> None:
    log.write(f"register_import.{what}", by=by, now=now, about=f"register_import:{register.pk}")
    if what != "dropped":
        events.publish("register_import.waits", register, Occasion(by=by, now=now))
