"""The words of the hub leader specification, which HQ keeps up to date."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from hubs.domain.hubs import require_hq
from hubs.models import CommitmentPoint, LeaderCriterion
from psqm_portal.core import seen as marks
from psqm_portal.core.models import HistoryEntry

Row = LeaderCriterion | CommitmentPoint


def standing() -> dict[str, Any]:
    """By the names of the form's fields."""
    return _all_said([*LeaderCriterion.objects.all(), *CommitmentPoint.objects.all()])


def _all_said(rows: Iterable[Row]) -> dict[str, Any]:
    return {name: value for row in rows for name, value in _said(row).items()}


def _said(row: Row) -> dict[str, Any]:
    if isinstance(row, LeaderCriterion):
        return {f"text_{row.pk}": row.text, f"suggestions_{row.pk}": row.suggestions}
    return {f"point_{row.pk}": row.text, f"recommended_{row.pk}": row.is_recommended_only}


@transaction.atomic
def change(words: Mapping[str, Any], *, by: User, now: datetime, seen: str = "") -> None:
    """Saves what is different; each change is a line of the history. Raises OutOfDate with what stands."""
    require_hq(by)
    rows: list[Row] = [
        *LeaderCriterion.objects.select_for_update(),
        *CommitmentPoint.objects.select_for_update(),
    ]
    marks.check(_all_said(rows), words, seen=seen)
    for row in rows:
        before = _said(row)
        if isinstance(row, LeaderCriterion):
            row.text, row.suggestions = words[f"text_{row.pk}"], words[f"suggestions_{row.pk}"]
        else:
            row.text, row.is_recommended_only = words[f"point_{row.pk}"], words[f"recommended_{row.pk}"]
        if _said(row) == before:
            continue
        row.save()
        HistoryEntry.objects.create(
            machine="leader_specification",
            subject_id=row.pk,
            action="change_criterion" if isinstance(row, LeaderCriterion) else "change_commitment",
            target=f"number {row.number}",
            by=by,
            at=now,
        )
