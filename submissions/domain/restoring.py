"""An earlier version of a part becomes the present one again; what stood until then stays a version too."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from rounds.models import Criterion
from submissions.domain.pairing import pair_rows
from submissions.domain.versions import content_of, keep_version
from submissions.domain.writing import locked_part
from submissions.models import ActionRow, Evidence, Part, PartVersion

_SAME = ("objective", "actions", "who", "resources", "success_measure")


def restore(version: PartVersion, *, by: User, now: datetime) -> list[str]:
    """Returns the names of the pieces of evidence that can't come back: removed, or without consent now.

    Rows that are still there keep their progress. Raises Refused where the part can't be changed.
    """
    with locked_part(version.part, by) as part:
        keep_version(part, by=by, now=now)
        part.text = version.content["text"]
        part.save(update_fields=["text"])
        _restore_rows(part, version.content["rows"])
        missing = _restore_evidence(part, version.content["evidence"])
        keep_version(part, by=by, now=now, fold=False)
    return missing


def _restore_rows(part: Part, rows: list[Mapping[str, Any]]) -> None:
    framework = part.submission.round.framework_id
    criteria = {one.code: one.pk for one in Criterion.objects.filter(strand__framework=framework)}
    present = list(part.rows.order_by("position", "pk"))
    shown = content_of(part)["rows"]
    row_of = {id(content): row for content, row in zip(shown, present, strict=True)}
    position = 0
    for now_there, wanted in pair_rows(shown, rows):
        if wanted is None:
            row_of[id(now_there)].delete()
            continue
        position += 1
        row = row_of[id(now_there)] if now_there is not None else ActionRow(part=part)
        row.position = position
        row.criterion_id = criteria[wanted["criterion"].split(" ", maxsplit=1)[0]]
        row.by_when = date.fromisoformat(wanted["by_when"])
        row.cost = None if wanted["cost"] is None else Decimal(wanted["cost"])
        for name in _SAME:
            setattr(row, name, wanted[name])
        row.save()


def _restore_evidence(part: Part, pieces: list[Mapping[str, Any]]) -> list[str]:
    there = {
        piece.pk: piece
        for piece in Evidence.objects.filter(
            submission=part.submission_id, removed_at=None, consent_withdrawn_at=None
        )
    }
    wanted = {one["id"]: one["caption"] for one in pieces if one["id"] in there}
    part.evidence_links.exclude(evidence__in=wanted).filter(evidence__removed_at=None).delete()
    for pk, caption in wanted.items():
        part.evidence_links.update_or_create(evidence=there[pk], defaults={"caption": caption})
    return [one["title"] for one in pieces if one["id"] not in there]
