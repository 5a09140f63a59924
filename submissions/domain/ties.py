"""Many ties at once: what the matrix of criteria and evidence sends."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from psqm_portal.core.machine import Refused
from submissions.domain.versions import keep_version
from submissions.domain.writing import locked, why_not_editable
from submissions.models import Evidence, EvidenceLink, Part, Submission

# Part id, piece id.
Tie = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Retied:
    tied: int
    untied: int


def retie(
    submission: Submission, *, tie: Collection[Tie], untie: Collection[Tie], by: User, now: datetime
) -> Retied:
    """Tie and untie, all or nothing; what is so already stays as it is, with its caption.

    Raises Refused for a part that isn't the school's now, and for a part or piece of another submission.
    """
    with locked(submission, by) as mine:
        parts = _parts(mine, {part for part, _ in [*tie, *untie]})
        pieces = {piece for _, piece in [*tie, *untie]}
        if Evidence.objects.filter(submission=mine, removed_at=None, pk__in=pieces).count() != len(pieces):
            raise Refused("One of these pieces isn’t among your evidence any more. Look again.")
        links = EvidenceLink.objects.filter(part__in=parts, evidence__in=pieces)
        known = {(link.part_id, link.evidence_id): link.pk for link in links}
        gone = [known[pair] for pair in untie if pair in known and pair not in tie]
        fresh = [pair for pair in dict.fromkeys(tie) if pair not in known]
        touched = {link.part_id for link in links if link.pk in gone} | {part for part, _ in fresh}
        EvidenceLink.objects.filter(pk__in=gone).delete()
        EvidenceLink.objects.bulk_create(
            EvidenceLink(part_id=part, evidence_id=piece) for part, piece in fresh
        )
        for part in parts:
            if part.pk in touched:
                keep_version(part, by=by, now=now)
    return Retied(len(fresh), len(gone))


def _parts(submission: Submission, ids: Collection[int]) -> list[Part]:
    parts = list(Part.objects.filter(submission=submission, pk__in=ids).exclude(kind=Part.Kind.ACTION_PLAN))
    if len(parts) != len(ids):
        raise Refused("Choose parts of your own submission.")
    for part in parts:
        part.submission = submission
        if (sentence := why_not_editable(part)) is not None:
            raise Refused(f"{part.title}: {sentence}")
    return parts
