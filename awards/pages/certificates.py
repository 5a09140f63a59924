"""HQ's view of a round's certificates: how many are made, which of them, and all as one ZIP."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from awards.domain.certificates import MAX_TRIES, no_letters
from awards.models import Award, Certificate
from psqm_portal.core.pdf import unprintable
from psqm_portal.core.zips import InZip, zip_stream
from rounds.models import Round
from submissions.domain.pack_names import safe

_FAILED = Q(file=None, tries__gte=MAX_TRIES)
NOT_HERE = "Not in this ZIP.txt"


@dataclass(frozen=True, slots=True)
class Progress:
    asked: int
    made: int
    failed: int

    @property
    def waiting(self) -> int:
        return self.asked - self.made - self.failed

    @property
    def percent(self) -> int:
        return 100 * self.made // self.asked if self.asked else 0


def progress_of(round_: Round) -> Progress:
    return Progress(
        **_of(round_).aggregate(
            asked=Count("pk"),
            made=Count("pk", filter=Q(file__isnull=False)),
            failed=Count("pk", filter=_FAILED),
        )
    )


def rows_of(round_: Round) -> QuerySet[Certificate]:
    """What needs a person first, then what is waited for; one query for a page."""
    order = Case(
        When(_FAILED, then=Value(0)),
        When(file=None, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        _of(round_)
        .select_related("award__level", "file")
        .annotate(is_failed=Case(When(_FAILED, then=Value(1)), default=Value(0), output_field=IntegerField()))
        .order_by(order, "award__school_name", "pk")
    )


def why_failed(certificate: Certificate) -> str:
    """Of a row of :func:`rows_of`."""
    if not certificate.is_failed:  # type: ignore[attr-defined]  # annotated
        return ""
    if letters := unprintable(certificate.award.school_name):
        return no_letters(letters)
    return "We tried many times. Tell whoever looks after the portal."


def zip_of(round_: Round, *, now: datetime) -> Iterator[bytes]:
    """Every current award's certificate, and a text that names those that aren't there; one query."""
    rows = list(
        _of(round_)
        .filter(award__status=Award.Status.CURRENT)
        .order_by("award__number")
        .values_list("award__number", "award__school_name", "file__key", "made_at")
    )
    files = [InZip(_place(number, school), key, at) for number, school, key, at in rows if key and at]
    waiting = [f"{number} {school}" for number, school, key, _ in rows if not key]

    def texts(lost: Sequence[InZip]) -> Mapping[str, str]:
        words = _words(waiting, [file.place.removesuffix(".pdf") for file in lost])
        return {NOT_HERE: words} if words else {}

    return zip_stream(files, texts=texts, now=now)


def _of(round_: Round) -> QuerySet[Certificate]:
    return Certificate.objects.filter(award__submission__round=round_)


def _place(number: str, school: str) -> str:
    """The number makes it the only one."""
    return f"{safe(f'{number} {school}', 80)}.pdf"


def _words(waiting: Sequence[str], lost: Sequence[str]) -> str:
    parts = []
    if waiting:
        parts.append("\n".join(["These certificates aren't made yet:", "", *waiting, ""]))
    if lost:
        parts.append(
            "\n".join(["The portal couldn't find the files of these. Make them again:", "", *lost, ""])
        )
    return "\n".join(parts)
