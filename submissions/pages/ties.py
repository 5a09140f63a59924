"""Evidence that a part could show: what the school has, and where each piece is used already."""

from dataclasses import dataclass, field

from submissions.models import Evidence, EvidenceLink, Part
from submissions.pages.parts import is_hidden
from submissions.pages.sight import Sight


@dataclass(frozen=True, slots=True)
class Choosable:
    """``used``: the codes of criteria and names of documents that show it."""

    piece: Evidence
    used: list[str] = field(default_factory=list)


def choosable(sight: Sight, part: Part) -> list[Choosable]:
    """The pieces that this part doesn't show yet and may: two queries."""
    pieces = sight.submission.evidence.filter(removed_at=None).select_related("file").defer("note")
    rows = {piece.pk: Choosable(piece) for piece in pieces if not is_hidden(piece, sight.today)}
    links = EvidenceLink.objects.filter(evidence__in=rows).order_by("part__position")
    for piece, part_id, code, title in links.values_list(
        "evidence_id", "part_id", "part__criterion__code", "part__title"
    ):
        if part_id == part.pk:
            rows.pop(piece, None)
        elif piece in rows:
            rows[piece].used.append(code or title)
    return list(rows.values())
