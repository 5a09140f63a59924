"""The whole submission as one file for one person, made in the background.

A pack is for whoever asked for it, while they may see the work, and only while every piece of evidence in it
may be shown: asked when it is asked for, while it is made and at each download. Its row is the job. A worker
takes it up by a conditional update and counts ``tries``; one that was killed, or is too late, finds another
number there and leaves nothing behind.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from psqm_portal.core import events
from psqm_portal.core.clock import london_day
from psqm_portal.core.files.making import Kept, drop, drop_bytes, keep_bytes, make_row, work_folder
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import StoredFile
from submissions.domain.evidence import lock_files
from submissions.domain.pack_files import make_pdf, make_zip, steps_of
from submissions.models import Evidence, Pack, Submission
from submissions.pages.reading import Reading, reading_of
from submissions.pages.sight import FROZEN
from submissions.queries import readable_evidence, visible_to

MAX_TRIES = 3
# The sweep leaves this long to the task that was sent when the pack was asked for.
PATIENCE = timedelta(minutes=1)
# Without a sign of life for this long a worker is dead; the layout of the pages takes three minutes at most.
STALE = timedelta(minutes=5)
KEPT_FOR = timedelta(days=7)
# While a piece is withdrawn again and again, somebody has to wait for the next try.
MAX_BUILDS = 3

UNDERWAY = (Pack.Status.WAITING, Pack.Status.MAKING)

Clock = Callable[[], datetime]
FrozenReader = Callable[[User], QuerySet[Submission]]
_frozen_readers: list[FrozenReader] = []


class _Overtaken(Exception):
    """Something in the pack may not be shown any more, or the work was submitted anew: make it again."""


def frozen_reader(rows: FrozenReader) -> FrozenReader:
    """Registers who reads the frozen work of which submissions: the apps above know the reviewers."""
    if rows not in _frozen_readers:
        _frozen_readers.append(rows)
    return rows


def may_have(user: User, submission_id: int, *, is_frozen: bool) -> bool:
    """May this person have a pack of it at this moment?"""
    if not user.is_active:
        return False
    if not is_frozen:
        return visible_to(user).filter(pk=submission_id).exists()
    return any(rows(user).filter(pk=submission_id, status__in=FROZEN).exists() for rows in _frozen_readers)


def ask(submission: Submission, *, kind: str, is_frozen: bool, by: User, now: datetime) -> Pack:
    """Ask for one; while one is being made, that one is the answer. Raises PermissionDenied."""
    if not may_have(by, submission.pk, is_frozen=is_frozen):
        raise PermissionDenied
    which = {"submission": submission, "kind": kind, "is_frozen": is_frozen, "asked_by": by}
    try:
        with transaction.atomic():
            pack = Pack.objects.create(asked_at=now, touched_at=now, **which)
            events.publish("pack.asked", pack, Occasion(by=by, now=now))
    except IntegrityError:  # asked twice at once
        return Pack.objects.filter(**which).latest("pk")
    return pack


def make(pack_id: int, *, clock: Clock) -> bool:
    """Make the file. False when there was nothing to do, or another worker did it.

    ``clock`` and not a moment: it takes minutes, and each sign of life has its time.
    """
    if (pack := _take_up(pack_id, clock())) is None:
        return False
    try:
        return _build_in_peace(pack, clock)
    except Exception:
        _give_up(pack, clock())
        raise


def why_closed(pack: Pack, *, now: datetime) -> str:
    """Why a pack that was made isn't handed out any more; nothing where it is."""
    if pack.is_frozen and pack.submission.submitted_at and pack.asked_at < pack.submission.submitted_at:
        return "Made before the work was submitted again. Make it again."
    gone = _not_shown(pack.evidence.all(), now).values_list("removed_at", "file__scan")
    if not gone:
        return ""
    if all(removed_at is not None for removed_at, _ in gone):
        return "Made before a piece of evidence was taken away. Make it again."
    if any(scan in {StoredFile.Scan.PENDING, StoredFile.Scan.INFECTED} for _, scan in gone):
        return "Made before one of the files was found unsafe. Make it again."
    return "Made before a photo was withdrawn. Make it again."


def is_open_to(user: User, pack: Pack, *, now: datetime) -> bool:
    """May this person download this pack at this moment?"""
    return (
        pack.status == Pack.Status.MADE
        and pack.asked_by_id == user.pk
        and may_have(user, pack.submission_id, is_frozen=pack.is_frozen)
        and not why_closed(pack, now=now)
    )


def waiting(*, now: datetime) -> list[int]:
    """Packs to ask a worker for again: never taken up, or taken up by one that died."""
    return list(_due(now).filter(tries__lt=MAX_TRIES).values_list("pk", flat=True))


def fail_the_hopeless(*, now: datetime) -> int:
    """What killed its worker each time isn't tried for ever; its person can ask again."""
    return _due(now).filter(tries__gte=MAX_TRIES).update(status=Pack.Status.FAILED)


def sweep_old(*, now: datetime) -> int:
    """Takes packs away a week after they were asked for, with their files; returns how many."""
    old = Pack.objects.filter(asked_at__lt=now - KEPT_FOR).values_list("pk", flat=True)
    return sum(_remove(pk) for pk in list(old))


def _due(now: datetime) -> QuerySet[Pack]:
    never = Q(status=Pack.Status.WAITING, touched_at__lte=now - PATIENCE)
    return Pack.objects.filter(never | Q(status=Pack.Status.MAKING, touched_at__lte=now - STALE))


def _take_up(pack_id: int, now: datetime) -> Pack | None:
    """Only one worker gets it, however often the task is delivered."""
    free = Q(status=Pack.Status.WAITING) | Q(status=Pack.Status.MAKING, touched_at__lte=now - STALE)
    taken = Pack.objects.filter(free, pk=pack_id, tries__lt=MAX_TRIES).update(
        status=Pack.Status.MAKING, tries=F("tries") + 1, touched_at=now, steps=0, steps_done=0
    )
    return Pack.objects.select_related("asked_by").get(pk=pack_id) if taken else None


def _mine(pack: Pack) -> QuerySet[Pack]:
    return Pack.objects.filter(pk=pack.pk, tries=pack.tries, status=Pack.Status.MAKING)


def _give_up(pack: Pack, now: datetime) -> None:
    """For the sweep to try again, or for good."""
    last = pack.tries >= MAX_TRIES
    _mine(pack).update(status=Pack.Status.FAILED if last else Pack.Status.WAITING, touched_at=now)


def _build_in_peace(pack: Pack, clock: Clock) -> bool:
    for _ in range(MAX_BUILDS):
        try:
            return _build(pack, clock)
        except _Overtaken:
            continue
    raise Refused("The work changed each time while the pack was made.")


def _build(pack: Pack, clock: Clock) -> bool:
    now = clock()
    if not may_have(pack.asked_by, pack.submission_id, is_frozen=pack.is_frozen):
        _mine(pack).delete()  # the right ended: there is nobody to tell what became of it
        return False
    submission = Submission.objects.select_related("school", "round", "hub", "target_level").get(
        pk=pack.submission_id
    )
    reading = reading_of(submission, is_frozen=pack.is_frozen, now=now)
    is_pdf = pack.kind == Pack.Kind.PDF
    _mine(pack).update(steps=steps_of(reading, is_pdf=is_pdf), steps_done=0, touched_at=now)

    def step() -> None:
        if not _mine(pack).update(steps_done=F("steps_done") + 1, touched_at=clock()):
            raise Refused("Another worker took this pack up.")

    with work_folder() as folder:
        path = make_pdf(reading, folder, step) if is_pdf else make_zip(reading, folder, step)
        kept = keep_bytes(path, owner=_owner(pack))
    try:
        done = _finish(pack, reading, kept, now=clock())
    except BaseException:
        drop_bytes(kept)
        raise
    if not done:
        drop_bytes(kept)
    return done


def _finish(pack: Pack, reading: Reading, kept: Kept, *, now: datetime) -> bool:
    """Row, file and end of the job in one transaction, after another look at all that the pack shows.

    The files are locked as withdrawing consent locks them: what is withdrawn before this isn't in the pack,
    what is withdrawn after it closes the pack.
    """
    used = list(reading.shown)
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=pack.submission_id)
        lock_files(Evidence.objects.filter(pk__in=used))
        locked = _mine(pack).select_for_update().first()
        if locked is None:
            return False
        as_read = reading.submission
        moved = (submission.status, submission.cycle) != (as_read.status, as_read.cycle)
        if (pack.is_frozen and moved) or _not_shown(Evidence.objects.filter(pk__in=used), now).exists():
            raise _Overtaken
        if not may_have(pack.asked_by, pack.submission_id, is_frozen=pack.is_frozen):
            raise _Overtaken
        locked.file = make_row(kept, owner=_owner(pack), name=_name(pack, as_read), kind=_kind(pack), now=now)
        locked.status, locked.made_at, locked.steps_done = Pack.Status.MADE, now, locked.steps
        locked.save(update_fields=["file", "status", "made_at", "steps_done"])
        locked.evidence.set(used)
    _replace_older(pack)
    return True


def _not_shown(pieces: QuerySet[Evidence], now: datetime) -> QuerySet[Evidence]:
    """Which of the pieces may not be shown any more: one rule with the pages."""
    shown = readable_evidence(london_day(now)).filter(Q(file=None) | Q(file__in=StoredFile.served()))
    return pieces.exclude(pk__in=shown.values("pk"))


def _replace_older(pack: Pack) -> None:
    older = Pack.objects.filter(
        submission=pack.submission_id, kind=pack.kind, is_frozen=pack.is_frozen, asked_by=pack.asked_by_id
    )
    for pk in list(older.filter(pk__lt=pack.pk).values_list("pk", flat=True)):
        _remove(pk)


@transaction.atomic
def _remove(pk: int) -> bool:
    """The pack and its file, which is its alone by its owner."""
    pack = Pack.objects.select_for_update().select_related(None).filter(pk=pk).first()
    if pack is None:
        return False
    stored = pack.file
    pack.delete()
    if stored is not None and not Pack.objects.filter(file=stored).exists():
        drop(stored)
    return True


def _owner(pack: Pack) -> str:
    return f"pack-{pack.pk}"


def _kind(pack: Pack) -> StoredFile.Kind:
    return StoredFile.Kind.PDF if pack.kind == Pack.Kind.PDF else StoredFile.Kind.ZIP


def _name(pack: Pack, submission: Submission) -> str:
    return f"{submission.school}, {submission.round}.{pack.kind}"
