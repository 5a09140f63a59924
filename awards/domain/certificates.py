"""The certificate of an award: a row that asks for it, and the PDF that a worker makes.

The row is the job. A worker takes up many at once, has them laid out together by a program that can be
killed, then keeps one after the other: file and row in one transaction, the row locked. Killed at any step,
the sweep asks again, and what the first worker ended isn't begun again.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.safestring import SafeString

from awards.models import Award, Certificate
from psqm_portal.core import events
from psqm_portal.core.certificates import LIMITS, html_of
from psqm_portal.core.files.making import Kept, drop_bytes, keep_bytes, make_row, work_folder
from psqm_portal.core.files.storing import forget
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import OnePage, PdfUnavailable, print_pages, unprintable
from rounds.models import Level

# The sweep leaves this long to the task that was sent when the certificate was asked for.
PATIENCE = timedelta(minutes=1)
# Without a sign of life for this long a worker is dead: a program that makes some has 60 seconds.
STALE = timedelta(minutes=5)
# After so many failures a person has to look: HQ sees the certificate as failed.
MAX_TRIES = 30
# Laid out together: few enough that HQ sees them grow, enough that starting the program doesn't count.
BATCH = 100
# So many bad ones in a batch are no accident: the worker gives the rest back.
MOST_BAD = 3

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What templates/certificates/award.html says of an award."""

    name: str
    level: str
    palette: str
    round_name: str
    awarded_on: date
    valid_until: date
    number: str
    url: str
    qr: SafeString

    @property
    def title(self) -> str:
        return f"Certificate {self.number}: {self.name}, Primary Science Quality Mark, {self.level}"

    @property
    def description(self) -> str:
        return f"{self.name} holds the Primary Science Quality Mark at {self.level}"


def ask_for(award: Award, *, now: datetime) -> Certificate:
    """Call inside the transaction that makes the award."""
    certificate = Certificate.objects.create(award=award, asked_at=now)
    events.publish("certificate.asked", certificate, Occasion(by=None, now=now))
    return certificate


def ask_again(award: Award, *, now: datetime) -> None:
    """The file made so far is let go; a new one is made under the same number."""
    certificate = Certificate.objects.select_for_update(of=("self",)).select_related("file").get(award=award)
    before = certificate.file
    certificate.file, certificate.made_at, certificate.taken_at = None, None, None
    certificate.asked_at, certificate.tries, certificate.last_error = now, 0, ""
    certificate.save()
    if before is not None:
        forget(before)
    events.publish("certificate.asked", certificate, Occasion(by=None, now=now))


def make_waiting(*, clock: Clock) -> int:
    """Take up as many as one layout takes and make them; returns how many were taken up.

    ``clock`` and not a moment: each sign of life has its time.
    """
    rows = _take_up(clock())
    if rows:
        _make(rows, clock)
    return len(rows)


def make(certificate_id: int, *, now: datetime) -> bool:
    """Make this one at once. False when it was made already, can't be, or was asked for anew meanwhile."""
    rows = list(_open().filter(pk=certificate_id))
    if not rows:
        return False
    _open().filter(pk=certificate_id).update(tries=F("tries") + 1, taken_at=now)
    return _make(rows, lambda: now) == 1


def _open() -> QuerySet[Certificate]:
    return Certificate.objects.filter(file=None, tries__lt=MAX_TRIES)


def _free(now: datetime) -> QuerySet[Certificate]:
    return _open().filter(Q(taken_at=None) | Q(taken_at__lte=now - STALE))


@transaction.atomic
def _take_up(now: datetime) -> list[Certificate]:
    """Two workers at once take different ones, those that failed before last."""
    order = _free(now).order_by("tries", "asked_at", "pk")
    rows = list(order.select_for_update(skip_locked=True)[:BATCH])
    Certificate.objects.filter(pk__in=[row.pk for row in rows]).update(tries=F("tries") + 1, taken_at=now)
    return rows


def _make(rows: Sequence[Certificate], clock: Clock) -> int:
    """Returns how many were kept. What can't be laid out is halved until the bad one stands alone."""
    made, bad, left = 0, 0, [rows]
    try:
        while left:
            some = left[-1]
            try:
                made += _make_together(some, clock)
            except RuntimeError as error:
                if isinstance(error, PdfUnavailable):
                    raise
                if half := len(some) // 2:
                    left[-1:] = [some[half:], some[:half]]
                    continue
                log.exception("The certificate %s can't be made", some[0].pk)
                bad += 1
                if bad == MOST_BAD:
                    # Not their fault: next time they come before the bad ones.
                    rest = [row.pk for rows in left[:-1] for row in rows]
                    Certificate.objects.filter(pk__in=rest).update(tries=F("tries") - 1)
                    raise
                _give_back(some, repr(error))
            left.pop()
    except BaseException as error:
        _give_back([row for some in left for row in some], repr(error))
        raise
    return made


def _make_together(rows: Sequence[Certificate], clock: Clock) -> int:
    pks = [row.pk for row in rows]
    _open().filter(pk__in=pks).update(taken_at=clock())
    due = Certificate.objects.filter(pk__in=pks, file=None).select_related(
        "award__level", "award__submission"
    )
    with work_folder() as folder:
        return sum(_keep(row, path, now=clock()) for row, path in _lay_out(due.order_by("pk"), folder))


def _lay_out(rows: Iterable[Certificate], folder: Path) -> list[tuple[Certificate, Path]]:
    rows = list(rows)
    made: list[tuple[Certificate, Sheet, OnePage]] = []
    for row, sheet in zip(rows, sheets_of([row.award for row in rows]), strict=True):
        if letters := unprintable(f"{sheet.name}{sheet.level}{sheet.round_name}"):
            # Trying again changes nothing: a person has to.
            Certificate.objects.filter(pk=row.pk).update(tries=MAX_TRIES, last_error=no_letters(letters))
        else:
            page = OnePage(folder / f"{row.pk}.pdf", sheet.title, sheet.description, sheet.awarded_on)
            made.append((row, sheet, page))
    if made:
        html = html_of("certificates/award.html", [sheet for _, sheet, _ in made])
        print_pages([page for _, _, page in made], html, limits=LIMITS)
    return [(row, page.target) for row, _, page in made]


def _keep(seen: Certificate, path: Path, *, now: datetime) -> bool:
    """Bytes first; then file and row in one transaction. Cut short, it leaves bytes that core sweeps."""
    kept = keep_bytes(path, owner=seen.award.files_owner)
    try:
        done = _finish(seen, kept, now=now)
    except BaseException:
        drop_bytes(kept)
        raise
    if not done:
        drop_bytes(kept)
    return done


@transaction.atomic
def _finish(seen: Certificate, kept: Kept, *, now: datetime) -> bool:
    """False where it was made or asked for anew meanwhile."""
    mine = Certificate.objects.filter(pk=seen.pk, file=None, asked_at=seen.asked_at)
    if not list(mine.select_for_update()):
        return False
    name = f"Certificate {seen.award.number}.pdf"
    stored = make_row(kept, owner=seen.award.files_owner, name=name, kind=StoredFile.Kind.PDF, now=now)
    mine.update(file=stored, made_at=now, taken_at=None, last_error="")
    return True


def _give_back(rows: Sequence[Certificate], error: str) -> None:
    """For the sweep to try again; not what was made or asked for anew meanwhile."""
    for row in rows:
        mine = Certificate.objects.filter(pk=row.pk, file=None, asked_at=row.asked_at)
        mine.update(taken_at=None, last_error=error[:2000])


def waiting(*, now: datetime) -> int:
    """How many a worker has to be asked for again: due and not made, whoever lost them."""
    return _free(now).filter(asked_at__lte=now - PATIENCE).count()


def no_letters(letters: str) -> str:
    """The sentence for a name that can't be printed."""
    return f"We have no type for “{letters}”. Write the name in Latin, Greek or Cyrillic letters."


def check_name(name: str) -> None:
    """Raises Refused for a name that can't be printed."""
    if letters := unprintable(name):
        raise Refused(no_letters(letters))


def sheets_of(awards: Sequence[Award]) -> list[Sheet]:
    """With ``level`` loaded; one query, however many."""
    ranked: dict[int, list[int]] = {}
    for framework, level in Level.objects.order_by("rank").values_list("framework", "pk"):
        ranked.setdefault(framework, []).append(level)
    return [
        Sheet(
            name=award.school_name,
            level=str(award.level),
            palette=palette_of(award, ranked[award.level.framework_id]),
            round_name=award.round_name,
            awarded_on=award.awarded_on,
            valid_until=award.valid_until,
            number=award.number,
            url=public_url(award),
            qr=qr_code(award),
        )
        for award in awards
    ]


def public_url(award: Award) -> str:
    return f"{settings.PORTAL_ORIGIN}{award.get_absolute_url()}"


def qr_code(award: Award) -> SafeString:
    """The QR code of the award's public page as an <svg>.

    Its words stand in its own <title>, first: that is where the PDF takes the figure's text from.
    """
    url = public_url(award)
    code = segno.make(url, error="m", micro=False)
    drawing = code.svg_inline(
        border=2,
        dark="#2f1549",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=f"QR code that leads to {url}",
    )
    return SafeString(drawing)


def palette_of(award: Award, ranked: list[int]) -> str:
    """bronze, silver or gold; a level by another name takes the metal of its rank."""
    metals = ["bronze", "silver", "gold"]
    if (name := award.level.name.lower()) in metals:
        return name
    return metals[min(ranked.index(award.level_id), len(metals) - 1)]
