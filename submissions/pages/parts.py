"""What a part's page shows beside its text: guidance, evidence, feedback, neighbours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from hubs.models import HubMembership
from psqm_portal.core.roles import Role
from rounds.models import Descriptor, Level
from schools.models import SchoolMembership
from submissions.models import ActionRow, Evidence, EvidenceLink, Feedback, Part, Submission
from submissions.pages.sight import FROZEN, Sight, turn_words

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence as a part shows it; ``hidden``: the families' consent is withdrawn or over."""

    piece: Evidence
    caption: str
    hidden: bool


def is_hidden(piece: Evidence, today: date) -> bool:
    if piece.consent_withdrawn_at is not None:
        return True
    return piece.consent_until is not None and piece.consent_until < today


@dataclass(frozen=True, slots=True)
class Content:
    text: str
    rows: list[Any]
    evidence: list[Shown]
    frozen: bool


def contents_for(sight: Sight, parts: Iterable[Part]) -> dict[int, Content]:
    """Part id → what its readers see: the signed version once submitted, the present text before.

    Three queries, however many parts.
    """
    parts = list(parts)
    frozen = sight.submission.status in FROZEN
    pinned = {
        part.pk: part.signed_version.content for part in parts if frozen and part.signed_version is not None
    }
    pieces = {
        piece.pk: piece
        for piece in Evidence.objects.filter(submission=sight.submission).select_related("file")
    }
    links: dict[int, list[tuple[int, str]]] = {part.pk: [] for part in parts}
    for link in EvidenceLink.objects.filter(part__in=parts, evidence__removed_at=None):
        links[link.part_id].append((link.evidence_id, link.caption))
    rows: dict[int, list[ActionRow]] = {part.pk: [] for part in parts}
    for row in ActionRow.objects.filter(part__in=parts).select_related("criterion"):
        rows[row.part_id].append(row)
    contents: dict[int, Content] = {}
    for part in parts:
        version = pinned.get(part.pk)
        tied = [(one["id"], one["caption"]) for one in version["evidence"]] if version else links[part.pk]
        contents[part.pk] = Content(
            text=version["text"] if version else part.text,
            rows=_pinned_rows(version["rows"]) if version else rows[part.pk],
            evidence=[
                Shown(pieces[pk], caption, is_hidden(pieces[pk], sight.today))
                for pk, caption in tied
                if pk in pieces
            ],
            frozen=version is not None,
        )
    return contents


def _pinned_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "by_when": date.fromisoformat(row["by_when"])} for row in rows]


def people_words(submission: Submission) -> dict[int, str]:
    """User id → what the person is (or was) to this submission, in words: one query.

    What somebody is now goes before what they were, and what they are to the school before the hub.
    """
    columns = ("user_id", "role", "ended_at", "side")
    hub = HubMembership.objects.filter(hub_id=submission.hub_id).annotate(side=Value(0))
    school = SchoolMembership.objects.filter(school_id=submission.school_id).annotate(side=Value(1))
    held = hub.values_list(*columns).union(school.values_list(*columns), all=True)
    order = sorted(held, key=lambda row: (row[3], row[2] is None, row[2] or LONG_AGO))
    return {user: Role(role).value for user, role, _, _ in order}


@dataclass(frozen=True, slots=True)
class Help:
    """Guidance and descriptors that are folded in beside a text box."""

    guidance: str
    descriptors: list[Descriptor]
    level: Level | None

    @property
    def at_level(self) -> Descriptor | None:
        return next((one for one in self.descriptors if one.level == self.level), None)

    @property
    def at_other_levels(self) -> list[Descriptor]:
        return [one for one in self.descriptors if one.level != self.level]


def help_for(part: Part) -> Help:
    submission = part.submission
    level = submission.target_level or submission.proposed_level
    if part.criterion is None:
        guidance = part.core_document.guidance if part.core_document else ""
        return Help(guidance, [], level)
    return Help(part.criterion.guidance, list(part.criterion.descriptors.select_related("level")), level)


@dataclass(frozen=True, slots=True)
class Neighbours:
    previous: Part | None
    next: Part | None


def neighbours_of(part: Part) -> Neighbours:
    parts = list(Part.objects.filter(submission=part.submission_id).defer("text"))
    at = next(number for number, one in enumerate(parts) if one.pk == part.pk)
    return Neighbours(
        parts[at - 1] if at else None,
        parts[at + 1] if at + 1 < len(parts) else None,
    )


def open_threads(**where: Any) -> QuerySet[Feedback]:
    """Open threads of a submission, leaving out those on evidence that was taken away."""
    gone = Q(evidence__removed_at__isnull=False)
    return Feedback.objects.filter(answers=None, resolved_at=None, **where).exclude(gone)


def counted_open(**where: Any) -> Coalesce:
    """How many open threads, as an annotation: ``counted_open(part=OuterRef("pk"))``."""
    name = next(iter(where))
    rows = open_threads(**where).order_by().values(name).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows), 0)


def part_status(part: Part, *, started: bool) -> tuple[str, str]:
    """The status tag of a part and its word: a plan is approved, an empty draft isn't started."""
    if part.status == Part.Status.SIGNED_OFF and part.kind == Part.Kind.ACTION_PLAN:
        return "approved", ""
    if part.status == Part.Status.DRAFT and not started:
        return "not_started", ""
    return part.status, ""


def part_turn(part: Part, sight: Sight) -> str:
    """Whose turn it is at one part; nothing once the work is handed in or closed."""
    if sight.submission.status not in {Submission.Status.ENROLLED, Submission.Status.WITH_HUB}:
        return ""
    if part.status == Part.Status.SENT:
        return turn_words("hub", sight)
    if part.status in {Part.Status.DRAFT, Part.Status.RETURNED} and sight.is_open:
        return turn_words("school", sight)
    return ""
