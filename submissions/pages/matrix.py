"""Criteria × evidence: what shows what, and where nothing does yet."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from submissions.domain.ties import Tie
from submissions.domain.writing import why_not_editable
from submissions.models import Evidence, EvidenceLink, Part, Submission
from submissions.pages.parts import is_hidden
from submissions.pages.sight import Sight


@dataclass(slots=True)
class Column:
    """A criterion or document. ``count``: pieces that can be seen; ``silent``: of these without a caption."""

    part: Part
    editable: bool
    is_written: bool
    pieces: list["Row"]
    silent: int = 0

    @property
    def count(self) -> int:
        return sum(1 for row in self.pieces if not row.hidden)

    @property
    def is_criterion(self) -> bool:
        return self.part.criterion_id is not None

    @property
    def is_gap(self) -> bool:
        """A document may be a text alone; a criterion needs evidence."""
        return not self.count and (self.is_criterion or not self.is_written)

    @property
    def name(self) -> str:
        return self.part.criterion.code if self.part.criterion is not None else self.part.title


@dataclass(slots=True)
class Cell:
    """``value``: what its tick box sends, where it may be ticked."""

    part_id: int
    tied: bool
    said: bool
    value: str


@dataclass(slots=True)
class Row:
    piece: Evidence
    hidden: bool
    cells: list[Cell]

    @property
    def is_loose(self) -> bool:
        return not any(cell.tied for cell in self.cells)


class Matrix:
    """Three queries, however many pieces; ``pieces`` are those of one page, counts are of all."""

    def __init__(self, sight: Sight) -> None:
        self.sight, submission = sight, sight.submission
        self.pieces = [Row(piece, is_hidden(piece, sight.today), []) for piece in all_pieces(submission)]
        self.links = dict(_links(submission))
        self.columns = [self._column(part) for part in columns_of(submission)]
        rows = {row.piece.pk: row for row in self.pieces}
        by_part = {column.part.pk: column for column in self.columns}
        for (part_id, piece_id), said in self.links.items():
            if part_id in by_part and piece_id in rows:
                by_part[part_id].pieces.append(rows[piece_id])
                by_part[part_id].silent += not said and not rows[piece_id].hidden

    @property
    def gaps(self) -> list[Column]:
        return [column for column in self.columns if column.is_gap and column.is_criterion]

    @property
    def document_gaps(self) -> list[Column]:
        return [column for column in self.columns if column.is_gap and not column.is_criterion]

    @property
    def silent(self) -> int:
        return sum(column.silent for column in self.columns)

    def fill(self, rows: Iterable[Row]) -> None:
        """The cells of the rows that a page shows."""
        for row in rows:
            row.cells = [self._cell(column, row.piece.pk) for column in self.columns]

    def ties_in(self, rows: Iterable[Row]) -> list[str]:
        """The ticked boxes of these rows, as they are sent."""
        return [cell.value for row in rows for cell in row.cells if cell.tied and cell.value]

    def _cell(self, column: Column, piece: int) -> Cell:
        said = self.links.get((column.part.pk, piece))
        value = f"{column.part.pk}.{piece}" if column.editable else ""
        return Cell(column.part.pk, said is not None, bool(said), value)

    def _column(self, part: Part) -> Column:
        part.submission = self.sight.submission
        editable = self.sight.edits and why_not_editable(part) is None
        return Column(part, editable, part.is_written, [])  # type: ignore[attr-defined]  # annotated


def columns_of(submission: Submission) -> list[Part]:
    parts = submission.parts.exclude(kind=Part.Kind.ACTION_PLAN).select_related("criterion__strand")
    return list(parts.defer("text").annotate(is_written=~Q(text="")))


def all_pieces(submission: Submission) -> list[Evidence]:
    return list(submission.evidence.filter(removed_at=None).defer("note"))


def _links(submission: Submission) -> Iterable[tuple[Tie, bool]]:
    """Whether each tie has a caption; in the order in which they were made."""
    links = EvidenceLink.objects.filter(evidence__submission=submission, evidence__removed_at=None)
    rows = links.annotate(said=~Q(caption="")).order_by("pk").values_list("part_id", "evidence_id", "said")
    return (((part, piece), said) for part, piece, said in rows)
