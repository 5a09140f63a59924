"""The whole submission as one document: what the page for reading, the PDF and the ZIP are made from.

Of the live work it holds what the people of the school and its hub see; of the frozen work the versions that
were signed off, as reviewers see them. No drafts, feedback or messages are in either: nothing here asks for
them. The number of queries doesn't depend on how much the school wrote.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from psqm_portal.core.clock import london_day
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from submissions.models import ActionRow, AuditEntry, Evidence, EvidenceLink, Part, Submission
from submissions.pages.sight import FROZEN
from submissions.queries import hub_people, readable_evidence, school_people

WITHDRAWN = "Withdrawn: the families’ consent has ended, or the school took it away."
# Reasons of the file's own; what may be handed out at all is said by StoredFile.served().
SCANNING = "This file is being checked for viruses. It will be here when that’s done."
INFECTED = "This file can’t be shown: a virus was found in it."
DELETED = "This file was deleted when its time was over."


@dataclass(slots=True)
class Piece:
    """A piece of evidence as a part shows it. ``why_hidden`` stands in its place where it may not be shown;
    then nothing else of it is here.

    ``src``, ``href`` and ``place`` are set by whoever makes a document of it: where its picture stands, where
    it is opened, and its path in the ZIP. ``lost``: its bytes are missing.
    """

    pk: int
    kind: str
    title: str = ""
    caption: str = ""
    url: str = ""
    note: str = ""
    file: StoredFile | None = None
    why_hidden: str = ""
    src: str = ""
    href: str = ""
    place: str = ""
    lost: bool = False

    @property
    def is_image(self) -> bool:
        return self.file is not None and self.file.kind == StoredFile.Kind.IMAGE


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the action plan. Only the live plan has ``progress``; a signed-off one pins none."""

    criterion: str
    objective: str
    actions: str
    who: str
    by_when: date
    resources: str
    cost: Any
    success_measure: str
    progress: str = ""
    progress_notes: str = ""


@dataclass(slots=True)
class Chapter:
    """One part, or what isn't tied to any."""

    title: str
    anchor: str
    folder: tuple[str, ...]
    text: str = ""
    rows: list[Row] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.rows or self.pieces)

    @property
    def pictures(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.src and not piece.lost]

    @property
    def others(self) -> list[Piece]:
        return [piece for piece in self.pieces if not piece.src or piece.lost]

    @property
    def picture_rows(self) -> list[list[Piece]]:
        """Two beside each other."""
        pictures = self.pictures
        return [pictures[at : at + 2] for at in range(0, len(pictures), 2)]


@dataclass(slots=True)
class Section:
    title: str
    anchor: str
    chapters: list[Chapter]


@dataclass(slots=True)
class AuditStrand:
    title: str
    entries: list[AuditEntry]


@dataclass(slots=True)
class Reading:
    submission: Submission
    is_frozen: bool
    at: datetime
    facts: list[tuple[str, str]]
    audit: list[AuditStrand]
    sections: list[Section]

    @property
    def chapters(self) -> Iterator[Chapter]:
        for section in self.sections:
            yield from section.chapters

    @property
    def pieces(self) -> Iterator[Piece]:
        for chapter in self.chapters:
            yield from chapter.pieces

    @property
    def shown(self) -> dict[int, Piece]:
        """Evidence id → its first place in the document; nothing that is hidden."""
        found: dict[int, Piece] = {}
        for piece in self.pieces:
            if not piece.why_hidden:
                found.setdefault(piece.pk, piece)
        return found

    @property
    def contents(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Title, anchor and the chapters' titles and anchors, in order."""
        rows = [
            (
                section.title,
                section.anchor,
                [(one.title, one.anchor) for one in section.chapters if one.anchor != section.anchor],
            )
            for section in self.sections
        ]
        return [("Audit", "audit", []), *rows] if self.audit else rows


def reading_of(submission: Submission, *, is_frozen: bool, now: datetime) -> Reading:
    """``submission`` with its school, round and hub. Eight queries, however much there is."""
    today = london_day(now)
    parts = list(submission.parts.select_related("criterion__strand", "core_document", "signed_version"))
    if is_frozen:
        parts = [part for part in parts if part.signed_version is not None]
    contents = _contents(parts, pinned=is_frozen or submission.status in FROZEN)
    readable = {
        piece.pk: piece
        for piece in readable_evidence(today).filter(submission=submission).select_related("file")
    }
    chapters = {part.pk: _chapter(part, contents[part.pk], readable) for part in parts}
    sections = _sections(parts, chapters)
    if not is_frozen:
        tied = {item["id"] for content in contents.values() for item in content["evidence"]}
        if loose := [_live(piece, "") for pk, piece in readable.items() if pk not in tied]:
            title = "Other evidence"
            sections.append(Section(title, "other", [Chapter(title, "other", (title,), pieces=loose)]))
    return Reading(
        submission=submission,
        is_frozen=is_frozen,
        at=now,
        facts=_facts(submission, is_frozen=is_frozen),
        audit=_audit(submission),
        sections=sections,
    )


def _contents(parts: list[Part], *, pinned: bool) -> dict[int, dict[str, Any]]:
    """Part id → text, rows and evidence (id and caption, and as it was where that is pinned)."""
    live = [part for part in parts if not pinned or part.signed_version is None]
    links: dict[int, list[dict[str, Any]]] = {part.pk: [] for part in live}
    rows: dict[int, list[Row]] = {part.pk: [] for part in live}
    for link in EvidenceLink.objects.filter(part__in=live, evidence__removed_at=None):
        links[link.part_id].append({"id": link.evidence_id, "caption": link.caption})
    for row in ActionRow.objects.filter(part__in=live).select_related("criterion"):
        rows[row.part_id].append(_live_row(row))
    contents: dict[int, dict[str, Any]] = {}
    for part in parts:
        if part.pk in links:
            contents[part.pk] = {"text": part.text, "rows": rows[part.pk], "evidence": links[part.pk]}
        elif part.signed_version is not None:
            content = part.signed_version.content
            contents[part.pk] = {**content, "rows": [_pinned_row(row) for row in content["rows"]]}
    return contents


def _live_row(row: ActionRow) -> Row:
    return Row(
        criterion=str(row.criterion),
        objective=row.objective,
        actions=row.actions,
        who=row.who,
        by_when=row.by_when,
        resources=row.resources,
        cost=row.cost,
        success_measure=row.success_measure,
        progress="" if row.rag == ActionRow.Rag.NOT_STARTED else row.get_rag_display(),
        progress_notes=row.progress_notes,
    )


def _pinned_row(row: Mapping[str, Any]) -> Row:
    named = ("criterion", "objective", "actions", "who", "resources", "cost", "success_measure")
    return Row(**{name: row[name] for name in named}, by_when=date.fromisoformat(row["by_when"]))


def _chapter(part: Part, content: Mapping[str, Any], readable: Mapping[int, Evidence]) -> Chapter:
    return Chapter(
        title=part.title,
        anchor=f"part-{part.code}" if part.kind == Part.Kind.REFLECTION else part.code,
        folder=_folder(part),
        text=content["text"],
        rows=content["rows"],
        pieces=[_piece(item, readable.get(item["id"])) for item in content["evidence"]],
    )


def _folder(part: Part) -> tuple[str, ...]:
    """Where its files stand in the ZIP."""
    if part.kind == Part.Kind.ACTION_PLAN:
        return (part.title,)
    return ("Core documents" if part.kind == Part.Kind.CORE_DOCUMENT else "Reflections", part.title)


def _piece(item: Mapping[str, Any], piece: Evidence | None) -> Piece:
    """What a version pins of a piece is shown as it was; whether it is shown is asked of today."""
    if piece is None:
        return Piece(item["id"], item.get("kind", ""), why_hidden=WITHDRAWN)
    shown = _live(piece, item["caption"])
    if not shown.why_hidden and "title" in item:
        shown.title, shown.note, shown.url = item["title"], item["note"], _web_address(item["url"])
    return shown


def _live(piece: Evidence, caption: str) -> Piece:
    if piece.file is not None and (why := _why_not_served(piece.file)):
        return Piece(piece.pk, piece.kind, why_hidden=why)
    return Piece(
        piece.pk,
        piece.kind,
        title=piece.title,
        caption=caption,
        url=_web_address(piece.url),
        note=piece.note,
        file=piece.file,
    )


def _why_not_served(stored: StoredFile) -> str:
    """Agrees with StoredFile.served(), file by file and without a query."""
    if stored.deleted_at is not None:
        return DELETED
    return {StoredFile.Scan.PENDING.value: SCANNING, StoredFile.Scan.INFECTED.value: INFECTED}.get(
        stored.scan, ""
    )


def _web_address(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _sections(parts: Iterable[Part], chapters: Mapping[int, Chapter]) -> list[Section]:
    """The plan, the reflections by strand, the core documents."""
    found: dict[str, Section] = {}
    for part in parts:
        chapter = chapters[part.pk]
        if part.criterion is not None:
            strand = part.criterion.strand
            title, anchor = f"Reflections: {strand}", f"strand-{strand.letter.lower()}"
        elif part.kind == Part.Kind.CORE_DOCUMENT:
            title, anchor = "Core documents", "documents"
        else:
            title = anchor = ""
            found[part.code] = Section(part.title, chapter.anchor, [chapter])
        if title:
            found.setdefault(anchor, Section(title, anchor, [])).chapters.append(chapter)
    return list(found.values())


def _audit(submission: Submission) -> list[AuditStrand]:
    strands: dict[str, AuditStrand] = {}
    for entry in submission.audit.select_related("criterion__strand"):
        title = str(entry.criterion.strand)
        strands.setdefault(title, AuditStrand(title, [])).entries.append(entry)
    if not any(entry.rating is not None for strand in strands.values() for entry in strand.entries):
        return []
    return list(strands.values())


def _facts(submission: Submission, *, is_frozen: bool) -> list[tuple[str, str]]:
    """Reviewers learn nobody's name from here: the pages they see name none."""
    school, level = submission.school, submission.target_level
    place = ", ".join(word for word in (school.town, school.postcode) if word)
    facts = [("Round", str(submission.round)), ("Place", place), ("Level", str(level) if level else "")]
    if not is_frozen:
        leaders = ", ".join(person.name for person in school_people(submission, Role.SUBJECT_LEADER))
        hub_leader = ", ".join(person.name for person in hub_people(submission, Role.HUB_LEADER))
        facts += [("Subject leader", leaders), ("Hub", str(submission.hub)), ("Hub leader", hub_leader)]
    return [(key, value) for key, value in facts if value]


def with_addresses(reading: Reading) -> Reading:
    """For a page of the portal: each file with its address, which asks the right again when it is opened.

    A photo stands there as its small picture, where that is made already.
    """
    for piece in reading.pieces:
        if piece.file is not None:
            piece.href = reverse("open_file", args=[piece.file.pk, piece.file.name.replace("/", "_")])
            piece.src = (piece.file.preview_url or piece.href) if piece.is_image else ""
            piece.lost = piece.file.lost_at is not None
    return reading
