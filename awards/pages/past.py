"""What the pages of past awards show, read and put together; nothing is written here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from awards.domain.past_judging import READY, Finding, level_words, word_key
from awards.models import Award, PastImport, PastRow
from schools.models import School

Status = PastImport.Status


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of a report: what they are called, and what HQ has to know about them."""

    label: str
    title: str
    note: str
    is_late: bool = False


KINDS = {
    "ready": Kind("ready to be written", "Ready to be written", "We know the school and the level."),
    "likely": Kind(
        "found by their name",
        "Schools found by their name",
        "One school of this name is there. Is it the right one? They are written with the others.",
    ),
    "choose": Kind(
        "with several schools",
        "Rows that may be of several schools",
        "Choose the school of each. Other rows about the same school follow by themselves.",
        is_late=True,
    ),
    "missing": Kind(
        "whose school isn’t found",
        "Schools that aren’t found",
        "Look for them under another name, or add the school by hand.",
        is_late=True,
    ),
    "level": Kind(
        "with an unknown level", "Levels that aren’t known", "Say what their words mean.", is_late=True
    ),
    "double": Kind("doubles", "Doubles", "The same award is in the portal or in this file already."),
    "broken": Kind("broken rows", "Broken rows", "They couldn’t be used; all the others were.", is_late=True),
    "left_out": Kind("left out", "Rows left out", "You left them out. They can be taken in again."),
    "written": Kind("written", "Written", "These are awards now."),
}
# All that HQ still has to look for somewhere else, in one download.
OPEN = "open"
NOT_WRITTEN = [
    Finding.CHOOSE,
    Finding.MISSING,
    Finding.LEVEL,
    Finding.DOUBLE,
    Finding.BROKEN,
    Finding.LEFT_OUT,
]
HEADER = [
    "Line", "School name", "URN", "Postcode", "Place", "Level", "Awarded on", "Round", "Valid until",
    "Certificate number", "Hub", "School in the portal", "Found", "What stands in the way",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    kind: str
    label: str
    count: int
    is_late: bool


def figures(past: PastImport) -> list[Figure]:
    return [
        Figure(kind, words.label, count, words.is_late and count > 0)
        for kind, words in KINDS.items()
        if (count := past.counts.get(kind, 0)) or kind == "ready"
    ]


def ready_count(past: PastImport) -> int:
    return sum(past.counts.get(finding, 0) for finding in READY)


def progress(past: PastImport) -> dict[str, Any] | None:
    """How far a worker is; None where nothing is underway."""
    whole = 0
    match past.status:
        case Status.WAITING | Status.READING:
            done, doing = past.at_line, "Reading the file"
            text = f"Line {done:,}" if done else ""
        case Status.AGREED | Status.WRITING:
            whole = ready_count(past)
            done, doing = past.awards.count(), "Writing the awards"
            whole = max(whole, done)
            text = f"{done:,} of {whole:,} awards"
        case Status.UNDO | Status.UNDOING:
            whole = past.rows.aggregate(last=Max("line"))["last"] or 0
            done, doing, text = past.at_line, "Undoing the import", f"Line {past.at_line:,} of {whole:,}"
        case _:
            return None
    waits = past.status in {Status.WAITING, Status.AGREED, Status.UNDO}
    return {
        "value": 100 * done // whole if whole else 0,
        "label": "Waiting for its turn" if waits else doing,
        "text": text if done else "It starts in a moment",
    }


def rows_of(past: PastImport, kind: str) -> QuerySet[PastRow]:
    """With ``award_number`` where it is written."""
    award = Award.objects.filter(past_import=OuterRef("past"), past_line=OuterRef("line"))
    rows = past.rows.select_related("school", "level").annotate(
        award_number=Subquery(award.values("number")[:1])
    )
    rows = rows.filter(finding__in=NOT_WRITTEN) if kind == OPEN else rows.filter(finding=kind)
    return rows.order_by("line")


def csv_rows(past: PastImport, kind: str) -> Iterator[list[Any]]:
    for row in rows_of(past, kind).iterator(chunk_size=500):
        yield [
            row.line, row.school_name, row.urn, row.postcode, row.place, row.level_word, row.awarded_on,
            row.round_name, row.valid_until, getattr(row, "award_number", None) or row.number, row.hub_name,
            row.school.name if row.school else "", row.get_finding_display(), row.message,
        ]  # fmt: skip


def words_of(past: PastImport) -> dict[str, int | None]:
    """Each word for a level in the file, once, and what it means now: the unknown ones first."""
    known = level_words()
    words: dict[str, str] = {}
    for word in past.rows.exclude(level_word="").order_by().values_list("level_word", flat=True).distinct():
        words.setdefault(word_key(word), word)
    found = {word: known.get(key) for key, word in words.items()}
    return dict(sorted(found.items(), key=lambda one: (one[1] is not None, one[0].casefold()))[:60])


def candidates(row: PastRow) -> list[School]:
    """In the order of how likely they are; of merged ones those that stayed."""
    found = School.objects.select_related("merged_into").in_bulk(row.candidates)
    schools = [found[pk].merged_into or found[pk] for pk in row.candidates if pk in found]
    return list(dict.fromkeys(schools))


def next_open(row: PastRow) -> PastRow | None:
    """The next line of the same file that waits for a school."""
    waiting = PastRow.objects.filter(past=row.past_id, finding__in=[Finding.CHOOSE, Finding.MISSING])
    return waiting.filter(line__gt=row.line).first() or waiting.exclude(pk=row.pk).first()
