"""The words of a review: what stands, keeping what is typed, and what is still missing.

Each criterion and the overall words are kept by themselves, with a mark of their own (``core.seen``): two
windows that write on different criteria don't hinder each other, and on the same one nothing is overwritten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from awards.models import Judgement
from psqm_portal.core.seen import OutOfDate, check, mark_of
from rounds.models import Criterion

Verdict = Judgement.Verdict
# Beside the criteria's ids, the place of recommendation and narrative.
OVERALL = 0
NOT_JUDGED = {"verdict": "", "comment": ""}


@dataclass(frozen=True, slots=True)
class Draft:
    """What the review page holds. ``judgements``: criterion id → (verdict or "", comment)."""

    recommendation: str = ""
    narrative: str = ""
    private_note: str = ""
    judgements: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    def words(self) -> dict[int, dict[str, str]]:
        overall = {name: getattr(self, name) for name in ("recommendation", "narrative", "private_note")}
        judged = {pk: {"verdict": one, "comment": said} for pk, (one, said) in self.judgements.items()}
        return {OVERALL: overall} | judged


def words_of(sheet: Any, judgements: Iterable[Any]) -> dict[int, dict[str, str]]:
    """What stands, by criterion id; ``sheet`` is a review, of a school's work or the practice one."""
    draft = Draft(
        sheet.recommendation,
        sheet.narrative,
        sheet.private_note,
        {one.criterion_id: (one.verdict, one.comment) for one in judgements},
    )
    return draft.words()


def keep(sheet: Any, draft: Draft, *, framework_id: int, seen: Mapping[int, str] | None) -> None:
    """Call with the sheet locked. ``seen``: the marks of what the page was opened with; what it didn't touch
    stays as it is. Raises OutOfDate with the words that are newer, by criterion id; then nothing is kept.
    """
    seen = seen or {}
    criteria = Criterion.objects.filter(strand__framework_id=framework_id, pk__in=draft.judgements)
    known = {OVERALL, *criteria.values_list("pk", flat=True)}
    standing = words_of(sheet, sheet.judgements.all())
    changed = {
        pk: words for pk, words in draft.words().items() if pk in known and mark_of(words) != seen.get(pk)
    }
    newer = {}
    for pk, words in changed.items():
        stands = standing.get(pk, NOT_JUDGED)
        try:
            check(stands, words, seen=seen.get(pk))
        except OutOfDate:
            newer[pk] = stands
    if newer:
        raise OutOfDate(newer)
    if overall := changed.pop(OVERALL, None):
        for name, value in overall.items():
            setattr(sheet, name, value)
        sheet.save(update_fields=[*overall])
    model = sheet.judgements.model
    model.objects.bulk_create(
        [model(review=sheet, criterion_id=pk, **words) for pk, words in changed.items()],
        update_conflicts=True,
        unique_fields=["review", "criterion"],
        update_fields=["verdict", "comment"],
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """Something still to be written, and where on the review page."""

    sentence: str
    anchor: str


def gaps_in(sheet: Any, *, framework_id: int) -> list[Gap]:
    """What is missing before it can be sent. Two queries."""
    judged = {one.criterion_id: one for one in sheet.judgements.all()}
    gaps = []
    for criterion in Criterion.objects.filter(strand__framework_id=framework_id).order_by("code"):
        judgement = judged.get(criterion.pk)
        anchor = f"criterion-{criterion.code}"
        if judgement is None or not judgement.verdict:
            gaps.append(Gap(f"Judge {criterion}.", anchor))
        elif judgement.verdict == Verdict.NOT_MET and not judgement.comment.strip():
            gaps.append(Gap(f"Write a comment on {criterion}: what is missing for the level.", anchor))
    if not sheet.recommendation:
        gaps.append(Gap("Choose your recommendation.", "overall"))
    if not sheet.narrative.strip():
        gaps.append(Gap("Write what you tell the school.", "overall"))
    return gaps
