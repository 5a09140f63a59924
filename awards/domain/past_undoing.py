"""Undoing an import: its awards go, but for those that something hangs on by now; their lines stand again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from awards.domain.past import JOBS, Clock, rest
from awards.domain.past_judging import Finding, judge
from awards.models import Award, PastImport
from psqm_portal.core import log
from psqm_portal.core.long_jobs import Overtaken
from psqm_portal.core.models import HistoryEntry

BATCH = 500


def take_away(past: PastImport, *, clock: Clock) -> None:
    while (last := _take_some(past, clock())) is not None:
        past.at_line = last
    with transaction.atomic():
        if JOBS.mine(past).select_for_update().first() is None:
            raise Overtaken
        judge(past)
        now = clock()
        rest(past, now=now)
        log.write("past_import.undone", by=past.agreed_by_id, now=now, about=f"past_import:{past.pk}")


def _take_some(past: PastImport, now: datetime) -> int | None:
    """The line it came to; None after the last."""
    with transaction.atomic():
        rows = past.awards.filter(past_line__gt=past.at_line).order_by("past_line")
        awards = list(rows.select_for_update(of=("self",))[:BATCH])
        if not awards:
            return None
        last = awards[-1].past_line or 0
        if not JOBS.mine(past).update(at_line=last, touched_at=now):
            raise Overtaken
        kept = what_hangs_on(awards)
        going = [award for award in awards if award.pk not in kept]
        HistoryEntry.objects.bulk_create(
            HistoryEntry(
                machine="award",
                subject_id=award.pk,
                action="undo_import",
                source=award.status,
                target="undone",
                by_id=past.agreed_by_id,
                at=now,
            )
            for award in going
        )
        lines = [award.past_line or 0 for award in going]
        past.rows.filter(line__in=lines).update(finding=Finding.READY, note="Written once and undone")
        for award in awards:
            if award.pk in kept:
                past.rows.filter(line=award.past_line or 0).update(note=f"Not undone: {kept[award.pk]}")
        Award.objects.filter(pk__in=[award.pk for award in going]).delete()
    return last


def what_hangs_on(awards: Sequence[Award]) -> dict[int, str]:
    """Award → why it stays: HQ did something with it, or another thing of the portal is about it."""
    ids = [award.pk for award in awards]
    kept: dict[int, str] = {}
    for relation in Award._meta.related_objects:  # noqa: SLF001 - Django documents it
        name = relation.field.name
        rows = relation.related_model._base_manager.filter(**{f"{name}__in": ids})
        thing = relation.related_model._meta.verbose_name  # noqa: SLF001 - as above
        kept |= dict.fromkeys(rows.values_list(f"{name}_id", flat=True), f"it has a {thing} by now")
    current = Award.Status.CURRENT
    return kept | {
        award.pk: f"it is {award.get_status_display().lower()} by now"
        for award in awards
        if award.status != current
    }
