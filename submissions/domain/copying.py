"""Work of an earlier year taken into this year's: texts, rows, evidence with captions.

Which part or criterion of one framework stands for which of another is asked here and nowhere else: the
same row of the database, else the same code with the same title.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from psqm_portal.core.models import StoredFile
from rounds.models import Criterion
from submissions.domain.evidence import lock_files
from submissions.models import ActionRow, Evidence, EvidenceLink, Part, Submission

ROW_FIELDS = (
    "position", "objective", "actions", "who", "by_when", "resources", "cost", "success_measure",
)  # fmt: skip
PROGRESS_FIELDS = ("progress_notes", "rag")
# In what a piece is: the same file, address or words are the same evidence, whatever it is called.
Thing = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a part holds, to be compared: rows and evidence without their ids."""

    text: str = ""
    rows: tuple[tuple[Any, ...], ...] = ()
    evidence: frozenset[tuple[Thing, str]] = frozenset()


@dataclass(slots=True)
class Coming:
    """What of an earlier part can come along. Rows and pieces are unsaved: ``rows`` have this year's
    criterion; ``ties`` are earlier pieces with their captions. ``left_out`` says what stays behind and why.
    """

    text: str
    rows: list[ActionRow] = field(default_factory=list)
    ties: list[tuple[Evidence, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def holding(self) -> Holding:
        return Holding(
            self.text,
            tuple(_row_key(row) for row in self.rows),
            frozenset((thing(piece), caption) for piece, caption in self.ties),
        )


def pairs(parts: Iterable[Part], earlier: Iterable[Part]) -> list[tuple[Part, Part]]:
    """Each of this year's parts that has a counterpart, with it."""
    parts = list(parts)
    found = counterparts(parts, earlier)
    return [(part, found[part.pk]) for part in parts if part.pk in found]


def counterparts(parts: Iterable[Part], earlier: Iterable[Part]) -> dict[int, Part]:
    """This year's part id → the earlier part that asked for the same."""
    by_key = {_part_key(part): part for part in earlier}
    by_row = {(part.criterion_id, part.core_document_id): part for part in by_key.values()}
    found: dict[int, Part] = {}
    for part in parts:
        same = by_row.get((part.criterion_id, part.core_document_id)) or by_key.get(_part_key(part))
        if same is not None:
            found[part.pk] = same
    return found


def counterpart_of(part: Part, earlier: Submission) -> Part | None:
    return counterparts([part], earlier.parts.all()).get(part.pk)


def criteria_for(submission: Submission, earlier: Submission) -> dict[int, Criterion]:
    """Earlier criterion id → this year's."""
    mine = Criterion.objects.filter(strand__framework=submission.round.framework_id)
    if submission.round.framework_id == earlier.round.framework_id:
        return {one.pk: one for one in mine}
    by_name = {_name(one.code, one.title): one for one in mine}
    theirs = Criterion.objects.filter(strand__framework=earlier.round.framework_id)
    return {
        one.pk: by_name[_name(one.code, one.title)] for one in theirs if _name(one.code, one.title) in by_name
    }


def why_not_copied(piece: Evidence, today: date, *, deferred: bool) -> str | None:
    """Why an earlier piece can't be used again, or None.

    In deferred work a photo whose consent ran out stays, hidden: the school can only there ask the families
    again and say until when.
    """
    if piece.consent_withdrawn_at is not None:
        return f"{piece.title}: the families’ consent was withdrawn."
    if piece.consent_until is not None and piece.consent_until < today and not deferred:
        return f"{piece.title}: the families’ consent has ended."
    if piece.file is not None and piece.file.deleted_at is not None:
        return f"{piece.title}: its file was deleted. Add it again if you still have it."
    if piece.file is not None and piece.file.scan == StoredFile.Scan.INFECTED:
        return f"{piece.title}: its file isn’t safe."
    return None


def coming_from(earlier: Part, *, into: Submission, today: date) -> Coming:
    """Locks the files until the transaction ends: consent can't be withdrawn while a copy is made."""
    links = earlier.evidence_links.filter(evidence__removed_at=None).order_by("id")
    lock_files(link.evidence for link in links.select_related("evidence"))
    coming, deferred = Coming(earlier.text), into.continues_id == earlier.submission_id
    criteria = criteria_for(into, earlier.submission)
    for row in earlier.rows.select_related("criterion"):
        if (criterion := criteria.get(row.criterion_id)) is None:
            coming.left_out.append(f"{row.objective}: {row.criterion} has no counterpart this year.")
            continue
        coming.rows.append(_row_for(row, criterion, progress=deferred))
    for link in links.select_related("evidence__file"):
        if (sentence := why_not_copied(link.evidence, today, deferred=deferred)) is not None:
            coming.left_out.append(sentence)
        else:
            coming.ties.append((link.evidence, link.caption))
    return coming


def held_by(part: Part) -> Holding:
    links = part.evidence_links.filter(evidence__removed_at=None).select_related("evidence")
    return Holding(
        part.text,
        tuple(_row_key(row) for row in part.rows.all()),
        frozenset((thing(link.evidence), link.caption) for link in links),
    )


def put(part: Part, coming: Coming, *, now: datetime) -> None:
    """Make the part hold exactly this. Call with the submission locked, and keep a version before."""
    part.text = coming.text
    part.save(update_fields=["text"])
    part.rows.all().delete()
    for row in coming.rows:
        row.part = part
    ActionRow.objects.bulk_create(coming.rows)
    here = copies_of((piece for piece, _ in coming.ties), into=part.submission)
    kept = {here[piece.pk].pk: caption for piece, caption in coming.ties}
    untied = list(part.evidence_links.exclude(evidence__in=kept).values_list("evidence_id", flat=True))
    part.evidence_links.filter(evidence__in=untied).delete()
    for evidence_id, caption in kept.items():
        EvidenceLink.objects.update_or_create(
            evidence_id=evidence_id, part=part, defaults={"caption": caption}
        )
    _let_go(untied, now)


def copies_of(pieces: Iterable[Evidence], *, into: Submission) -> dict[int, Evidence]:
    """Earlier piece id → this year's row with the same file, link or note; each made once.

    A copy that was taken away comes back; a file that the school has added anew is used as it is.
    """
    pieces = list(pieces)
    mine = list(into.evidence.all())
    copies = {piece.copied_from_id: piece for piece in mine if piece.copied_from_id is not None}
    files = {piece.file_id: piece for piece in mine if piece.file_id and piece.removed_at is None}
    here: dict[int, Evidence] = {}
    for piece in pieces:
        known = copies.get(piece.pk)
        if known is not None and known.removed_at is None:
            here[piece.pk] = known
        elif piece.file_id is not None and piece.file_id in files:
            here[piece.pk] = files[piece.file_id]
        elif known is not None:
            known.removed_at = None
            known.save(update_fields=["removed_at"])
            here[piece.pk] = known
        else:
            here[piece.pk] = _copy(piece, into)
        if piece.file_id is not None:
            files[piece.file_id] = here[piece.pk]
    return here


def thing(piece: Evidence) -> Thing:
    return piece.kind, piece.file_id or piece.url or piece.note


def _copy(piece: Evidence, into: Submission) -> Evidence:
    """With who added it and when: it is as old as it is."""
    names = (
        "kind", "title", "file_id", "url", "note", "children", "consent_uses", "consent_until",
        "consent_withdrawn_at", "added_by_id", "added_at",
    )  # fmt: skip
    given: Mapping[str, Any] = {name: getattr(piece, name) for name in names}
    return Evidence.objects.create(submission=into, copied_from=piece, **given)


def _let_go(untied: Iterable[int], now: datetime) -> None:
    """Copies that nothing shows any more leave the list of evidence, unless somebody wrote about them."""
    Evidence.objects.filter(
        pk__in=list(untied), copied_from__isnull=False, links=None, feedback=None, removed_at=None
    ).update(removed_at=now)


def _row_for(row: ActionRow, criterion: Criterion, *, progress: bool) -> ActionRow:
    names = (*ROW_FIELDS, *PROGRESS_FIELDS) if progress else ROW_FIELDS
    return ActionRow(criterion=criterion, **{name: getattr(row, name) for name in names})


def _row_key(row: ActionRow) -> tuple[Any, ...]:
    return (row.criterion_id, *(getattr(row, name) for name in (*ROW_FIELDS[1:], *PROGRESS_FIELDS)))


def _part_key(part: Part) -> tuple[str, str, str]:
    return (part.kind, *_name(part.code, part.title))


def _name(code: str, title: str) -> tuple[str, str]:
    return code.strip().lower(), " ".join(title.split()).lower()
