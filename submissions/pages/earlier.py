"""Earlier work beside this year's: part by part, with what may be done with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import reverse

from submissions.domain.copying import ROW_FIELDS, counterparts, why_not_copied
from submissions.domain.earlier import earlier_of
from submissions.domain.writing import why_not_editable
from submissions.models import AuditEntry, Evidence, Part, Submission
from submissions.pages.parts import Content, Shown, contents_for
from submissions.pages.sight import Sight
from submissions.queries import visible_to

WITH_SCHOOL = frozenset({Part.Status.DRAFT, Part.Status.RETURNED})
WORDS = {
    Part.Beginning.KEPT: ("done", "Kept"),
    Part.Beginning.CHANGED: ("going", "You change it"),
    Part.Beginning.FRESH: ("going", "Started fresh"),
    "": ("todo", "Not decided yet"),
}


@dataclass(frozen=True, slots=True)
class EarlierPiece:
    """``url``: only where this person may open it; ``why_not``: why it can't be used again."""

    title: str
    caption: str
    kind: str
    url: str
    hidden: bool
    is_deleted: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class EarlierContent:
    text: str
    rows: list[Any]
    evidence: list[EarlierPiece]

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.rows or self.evidence)


@dataclass(frozen=True, slots=True)
class Beside:
    """One part of this year (None: nothing asks for it any more) beside the earlier one (None: it is new)."""

    part: Part | None
    old: Part | None
    earlier: EarlierContent | None
    now: Content | None
    is_same: bool
    editable: bool
    why_not: str | None

    @property
    def title(self) -> str:
        one = self.part or self.old
        return one.title if one is not None else ""

    @property
    def status(self) -> tuple[str, str]:
        return WORDS[self.part.beginning if self.part is not None else ""]

    @property
    def is_asked(self) -> bool:
        """Whether there is something to keep."""
        return self.part is not None and self.earlier is not None and not self.earlier.is_empty

    @property
    def is_open(self) -> bool:
        return (
            self.is_asked
            and self.part is not None
            and self.part.status in WITH_SCHOOL
            and not self.part.beginning
        )

    @property
    def may_keep(self) -> bool:
        """Not where it is kept already and nothing differs."""
        return not (self.part and self.part.beginning == Part.Beginning.KEPT and self.is_same)

    @property
    def is_started(self) -> bool:
        content = self.now
        return content is not None and bool(content.text.strip() or content.rows or content.evidence)


@dataclass(frozen=True, slots=True)
class Rated:
    """A criterion's rating then and now; either None where it isn't rated or wasn't asked."""

    criterion: Any
    old: AuditEntry | None
    new: AuditEntry | None


class Earlier:
    """What a page shows of the earlier work; the same number of queries for one part and for all."""

    def __init__(self, sight: Sight, submission: Submission) -> None:
        self.sight, self.submission = sight, submission
        self._old_sight = replace(sight, submission=submission)
        self._opens = visible_to(sight.person).filter(pk=submission.pk).exists()

    def beside(self, parts: Iterable[Part]) -> list[Beside]:
        """The given parts of this year; those without a counterpart too."""
        parts = list(parts)
        for part in parts:
            part.submission = self.sight.submission
        found = counterparts(parts, self._old_parts)
        contents = contents_for(self.sight, parts)
        earlier = self._contents(found.values())
        return [self._beside(part, found.get(part.pk), contents, earlier) for part in parts]

    def without_counterpart(self, parts: Iterable[Part]) -> list[Beside]:
        """Earlier parts with something in them that nothing of this year asks for."""
        old_parts = self._old_parts
        taken = {part.pk for part in counterparts(parts, old_parts).values()}
        left = [part for part in old_parts if part.pk not in taken]
        contents = self._contents(left) if left else {}
        return [
            Beside(None, part, contents[part.pk], None, False, False, None)
            for part in left
            if not contents[part.pk].is_empty
        ]

    def audit(self) -> list[Rated]:
        """Each criterion of this year, with the rating of its counterpart; then what is left over."""
        new = self.sight.submission.audit.select_related("criterion")
        old = list(self.submission.audit.select_related("criterion"))
        by_row = {entry.criterion_id: entry for entry in old}
        by_name = {_name(entry): entry for entry in old}
        rated = []
        for entry in new:
            before = by_row.get(entry.criterion_id) or by_name.get(_name(entry))
            rated.append(Rated(entry.criterion, before, entry))
        taken = {one.old.pk for one in rated if one.old is not None}
        return rated + [Rated(entry.criterion, entry, None) for entry in old if entry.pk not in taken]

    @cached_property
    def _old_parts(self) -> list[Part]:
        parts = list(self.submission.parts.select_related("criterion", "core_document", "signed_version"))
        for part in parts:
            part.submission = self.submission
        return parts

    def _contents(self, parts: Iterable[Part]) -> dict[int, EarlierContent]:
        contents = contents_for(self._old_sight, parts)
        return {
            pk: EarlierContent(
                content.text, content.rows, [self._piece(one, self._copies) for one in content.evidence]
            )
            for pk, content in contents.items()
        }

    @cached_property
    def _copies(self) -> dict[int | None, int]:
        """Earlier piece id → this year's copy of it."""
        mine = Evidence.objects.filter(submission=self.sight.submission, removed_at=None)
        return dict(mine.filter(copied_from__isnull=False).values_list("copied_from_id", "pk"))

    def _piece(self, shown: Shown, copies: Mapping[int | None, int]) -> EarlierPiece:
        piece, here = shown.piece, self.sight.submission
        is_deleted = piece.file is not None and piece.file.deleted_at is not None
        url = ""
        if not shown.hidden and not is_deleted:
            if piece.pk in copies:
                url = reverse("evidence_piece", args=[here.pk, copies[piece.pk]])
            elif self._opens and piece.removed_at is None:
                url = reverse("evidence_piece", args=[self.submission.pk, piece.pk])
        deferred = here.continues_id == self.submission.pk
        why_not = why_not_copied(piece, self.sight.today, deferred=deferred)
        return EarlierPiece(
            piece.title, shown.caption, piece.kind, url, shown.hidden, is_deleted, why_not or ""
        )

    def _beside(
        self,
        part: Part,
        old: Part | None,
        contents: Mapping[int, Content],
        earlier: Mapping[int, EarlierContent],
    ) -> Beside:
        then, now = (earlier[old.pk] if old else None), contents[part.pk]
        writes = self.sight.writes
        why_not = why_not_editable(part) if writes else None
        return Beside(
            part=part,
            old=old,
            earlier=then,
            now=now,
            is_same=then is not None and _same(then, now),
            editable=writes and why_not is None and then is not None and not then.is_empty,
            why_not=why_not,
        )


def last_time(sight: Sight, part: Part) -> Beside | None:
    """For a part's own page: what was written last time, or None where nothing was."""
    if not (sight.submission.continues_id or sight.submission.renews_id):
        return None
    earlier = earlier_of(sight.submission)
    if earlier is None:
        return None
    beside = Earlier(sight, earlier).beside([part])[0]
    return beside if beside.earlier is not None and not beside.earlier.is_empty else None


def audit_last_time(sight: Sight) -> dict[str, Any]:
    """For the audit's page: last time's ratings, or nothing."""
    if not (sight.submission.continues_id or sight.submission.renews_id):
        return {}
    earlier = earlier_of(sight.submission)
    return {"earlier": earlier, "audit": Earlier(sight, earlier).audit()} if earlier is not None else {}


def _same(then: EarlierContent, now: Content) -> bool:
    """Whether this year's part reads as the earlier one; pieces that can't come along don't count."""
    if then.text != now.text or len(then.rows) != len(now.rows):
        return False
    if [_row(row) for row in then.rows] != [_row(row) for row in now.rows]:
        return False
    came = [(one.title, one.caption) for one in then.evidence if not one.why_not]
    return sorted(came) == sorted((one.piece.title, one.caption) for one in now.evidence)


def _row(row: Any) -> list[Any]:
    """A pinned row is a dict, a row of this year a model."""
    names = ROW_FIELDS[1:]
    found = [row.get(name) if isinstance(row, dict) else getattr(row, name) for name in names]
    return [str(value) if value is not None else "" for value in found]


def _name(entry: AuditEntry) -> tuple[str, str]:
    return entry.criterion.code.lower(), entry.criterion.title.lower()
