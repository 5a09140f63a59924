"""What a school writes in its year, and what its hub answers.

Audit, levels and the moves of the submission go through the portal's own verbs. Parts are written in bulk,
with the versions and the history that the verbs would have left: eight hundred of them one by one take
minutes.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from psqm_portal.core.clock import london_day
from psqm_portal.core.models import HistoryEntry
from psqm_portal.demo.making.files import keep
from psqm_portal.demo.story.joining import Tale
from psqm_portal.demo.texts import reflections_leading, reflections_teaching
from psqm_portal.demo.texts.documents import AUDIT_NOTES, DOCUMENTS, PLAN
from psqm_portal.demo.texts.evidence import FOR, PIECES
from psqm_portal.demo.texts.talk import RETURNED
from rounds.models import Criterion, Level, Step
from submissions.domain.machine import submission_machine
from submissions.domain.versions import contents_of, digest_of
from submissions.domain.writing import save_audit
from submissions.models import (
    ActionRow,
    Evidence,
    EvidenceLink,
    Feedback,
    Part,
    PartVersion,
)

REFLECTIONS = reflections_leading.REFLECTIONS | reflections_teaching.REFLECTIONS
Rag = ActionRow.Rag
Status = Part.Status


def audit(tale: Tale, *, complete: bool = True, part: float = 0.4) -> None:
    """Rate the criteria, with the gaps that the action plan is about."""
    tale.steps.at(Step.AUDIT, part)
    entries = {}
    rows = list(tale.submission.audit.select_related("criterion"))
    for number, row in enumerate(rows if complete else rows[: len(rows) // 2]):
        code = row.criterion.code
        gap = code in {row[0] for row in PLAN}
        rating = tale.cast.random.choice([1, 1, 2] if gap else [2, 2, 2, 3])
        notes = AUDIT_NOTES[code] if number % 3 != 2 or gap else ""
        entries[row.criterion_id] = {"rating": rating, "notes": notes, "is_priority": gap}
    save_audit(tale.submission, entries, by=tale.leader)


def propose(tale: Tale, level: str = "Silver", *, part: float = 0.7) -> None:
    chosen = Level.objects.get(framework=tale.submission.round.framework_id, name=level)
    now = tale.steps.at(Step.AUDIT, part)
    tale.submission = submission_machine.perform(
        tale.submission, "propose_level", by=tale.leader, now=now, level=chosen
    )


def confirm(tale: Tale) -> None:
    tale.submission = submission_machine.perform(
        tale.submission, "confirm_level", by=tale.hub.leader, now=tale.steps.later(days=3)
    )


def write_plan(tale: Tale, *, rows: int = 4, progress: bool = True) -> None:
    """Rows of the action plan, as drafts; their dates lie in the working year, not after the close."""
    part = plan_of(tale)
    opens = london_day(tale.submission.enrolled_at)
    days = (tale.calendar.milestone(Step.SUBMIT).due_on - opens).days
    criteria = {
        one.code: one
        for one in Criterion.objects.filter(strand__framework=tale.submission.round.framework_id)
    }
    states = (Rag.GREEN, Rag.AMBER, Rag.GREEN, Rag.NOT_STARTED, Rag.AMBER)
    notes = (
        "Done in nine classes of eleven.",
        "First meeting held; the second moved to next term.",
        "In use.",
        "",
        "",
    )
    ActionRow.objects.bulk_create(
        ActionRow(
            part=part,
            position=number + 1,
            criterion=criteria[code],
            objective=objective,
            actions=actions,
            who=who,
            by_when=opens + timedelta(days=round(days * share)),
            resources=resources,
            cost=Decimal(cost) if cost else None,
            success_measure=measure,
            rag=states[number] if progress else Rag.NOT_STARTED,
            progress_notes=notes[number] if progress else "",
        )
        for number, (code, objective, actions, who, resources, cost, measure, share) in enumerate(PLAN[:rows])
    )


def plan_of(tale: Tale) -> Part:
    return tale.submission.parts.get(kind=Part.Kind.ACTION_PLAN)


def parts_of(tale: Tale, *codes: str) -> list[Part]:
    """Reflections and core documents, all or the named ones, in their order."""
    rows = tale.submission.parts.exclude(kind=Part.Kind.ACTION_PLAN).order_by("position")
    return list(rows.filter(code__in=codes) if codes else rows)


def text_of(part: Part, voice: int) -> str:
    if part.kind == Part.Kind.REFLECTION:
        return REFLECTIONS[part.code.upper()][voice % 2]
    return DOCUMENTS[part.code]


def write(tale: Tale, parts: Sequence[Part]) -> None:
    """Texts and evidence of parts that stay drafts or are sent later."""
    for part in parts:
        part.text = text_of(part, tale.submission.pk)
    Part.objects.bulk_update(parts, ["text"])
    _gather(tale, parts)


def _gather(tale: Tale, parts: Sequence[Part]) -> None:
    """One or two pieces of evidence for each part; a piece serves several parts."""
    wanted = [
        (part, number)
        for part in parts
        for number in FOR[code_of(part)][tale.submission.pk % 2 :: 2] or FOR[code_of(part)][:1]
    ]
    have = {piece.title: piece for piece in tale.submission.evidence.all()}
    now = tale.steps.later(days=2)
    for number in sorted({number for _, number in wanted}):
        if PIECES[number].title not in have:
            have[PIECES[number].title] = add_piece(tale, number)
    EvidenceLink.objects.bulk_create(
        EvidenceLink(
            evidence=have[PIECES[number].title], part=part, caption=PIECES[number].shows[code_of(part)]
        )
        for part, number in wanted
    )
    Evidence.objects.filter(submission=tale.submission, added_at__gt=now).update(added_at=now)


def code_of(part: Part) -> str:
    return part.code.upper() if part.kind == Part.Kind.REFLECTION else part.code


def add_piece(tale: Tale, number: int) -> Evidence:
    piece, submission = PIECES[number], tale.submission
    now = tale.steps.last or submission.enrolled_at
    kept = None
    if piece.picture or piece.paper:
        kept = keep(piece, tale.people.school.name, submission.pk, owner=submission.files_owner, now=now)
    seen = piece.children
    return Evidence.objects.create(
        submission=submission,
        kind=Evidence.Kind.FILE if kept else Evidence.Kind.LINK if piece.url else Evidence.Kind.NOTE,
        title=piece.title,
        file=kept,
        url=piece.url,
        note=piece.note,
        children=Evidence.Children.CONSENT if seen else Evidence.Children.NONE,
        consent_uses="PSQM submission and review" if seen else "",
        consent_until=london_day(tale.cast.now) + timedelta(days=700) if seen else None,
        added_by=tale.leader,
        added_at=now,
    )


def send(tale: Tale, parts: Iterable[Part], *, hours: float = 20) -> None:
    """Written parts go to the hub leader."""
    now = tale.steps.later(hours=hours)
    _move(tale, list(parts), "send", Status.SENT, by_school=True)
    Part.objects.filter(pk__in=[part.pk for part in parts]).update(sent_at=now)


def sign_off(tale: Tale, parts: Iterable[Part], *, days: float = 4) -> None:
    tale.steps.later(days=days)
    _move(tale, list(parts), "sign_off", Status.SIGNED_OFF, by_school=False)


def return_(tale: Tale, parts: Iterable[Part], *, days: float = 3) -> None:
    """With feedback that says what to change."""
    now, parts = tale.steps.later(days=days), list(parts)
    _move(tale, parts, "return", Status.RETURNED, by_school=False)
    Feedback.objects.bulk_create(
        Feedback(
            submission=tale.submission,
            part=part,
            author=tale.hub.leader,
            body=words_for(part, tale.submission.pk),
            written_at=now,
        )
        for part in parts
    )


def words_for(part: Part, voice: int) -> str:
    words = RETURNED[part.kind]
    return words[voice % len(words)]


def _move(tale: Tale, parts: list[Part], action: str, target: str, *, by_school: bool) -> None:
    """What ``part_machine`` leaves behind: status, version, history."""
    now = tale.steps.last or tale.submission.enrolled_at
    by = tale.leader if by_school else tale.hub.leader
    fresh = list(Part.objects.filter(pk__in=[part.pk for part in parts]))
    versions = _keep_versions(tale, fresh) if action != "return" else {}
    entries = []
    for part in fresh:
        source, part.status = part.status, target
        part.signed_version = versions[part.pk] if target == Status.SIGNED_OFF else None
        reason = words_for(part, tale.submission.pk) if action == "return" else ""
        entries.append(
            HistoryEntry(
                machine="part", subject_id=part.pk, action=action, source=source, target=target,
                by=by, at=now, reason=reason,
            )
        )  # fmt: skip
    if target == Status.SIGNED_OFF:
        Part.objects.bulk_update(fresh, ["status", "signed_version"])
    else:
        Part.objects.filter(pk__in=[part.pk for part in fresh]).update(status=target, signed_version=None)
    HistoryEntry.objects.bulk_create(entries)


def _keep_versions(tale: Tale, parts: list[Part]) -> dict[int, PartVersion]:
    """The newest version of each part, made where the content isn't in it yet."""
    now = tale.steps.last or tale.submission.enrolled_at
    newest = {one.part_id: one for one in PartVersion.objects.filter(part__in=parts).order_by("number")}
    made = []
    for part_id, content in contents_of(parts).items():
        digest, standing = digest_of(content), newest.get(part_id)
        if standing is not None and standing.digest == digest:
            continue
        made.append(
            PartVersion(
                part_id=part_id,
                number=standing.number + 1 if standing else 1,
                content=content,
                digest=digest,
                saved_by=tale.leader,
                started_at=now - timedelta(minutes=25),
                saved_at=now,
            )
        )
    for version in PartVersion.objects.bulk_create(made):
        newest[version.part_id] = version
    return newest
