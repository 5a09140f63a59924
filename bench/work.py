"""What a batch of submissions holds: the school's work, talk, reviews, outcomes, money and history."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from accounts.models import User
from awards.models import Award, Decision, Judgement, Review, Standing
from hubs.models import Hub
from messaging.models import Message
from payments.domain.invoice_machine import financial_year
from payments.models import Earning, Invoice, InvoiceLine
from psqm_portal.core.clock import london_day
from psqm_portal.core.models import HistoryEntry, StoredFile
from rounds.models import CoreDocument, Criterion
from submissions.domain.versions import _link, _row, digest_of
from submissions.models import (
    ActionRow,
    AuditEntry,
    Evidence,
    EvidenceLink,
    Feedback,
    Part,
    PartVersion,
    Submission,
)
from submissions.models.submission import Status

EVIDENCE, REVIEWS = 12, 3
TEXT = (
    "Pupils now plan their own enquiries and talk about what surprised them. Staff meet each half term to"
    " look at work from every year group, and the school council chose the questions for our science week. "
) * 4
UNDER_WAY = [Part.Status.SIGNED_OFF, Part.Status.SENT, Part.Status.RETURNED, Part.Status.DRAFT]
REVIEWED = {Status.REVIEWED, Status.DECIDED, Status.NOTIFIED}
DECIDED = {Status.DECIDED, Status.NOTIFIED}


class Work:
    """``hubs`` come with their leaders; ``save`` inserts rows and gives them their ids."""

    def __init__(
        self,
        rows: Sequence[Submission],
        leaders: Sequence[User],
        *,
        hubs: Sequence[tuple[Hub, User]],
        admin: User,
        now: datetime,
        save: Callable[[Iterable[Any]], list[Any]],
    ) -> None:
        self.rows, self.leaders, self.hubs, self.admin, self.now = rows, leaders, hubs, admin, now
        self.save = save
        framework = rows[0].round.framework
        self.criteria = list(Criterion.objects.filter(strand__framework=framework).order_by("code"))
        self.documents = list(CoreDocument.objects.filter(framework=framework))
        self.leader_of = {hub.pk: leader for hub, leader in hubs}
        self.place_of = {hub.pk: index for index, (hub, _) in enumerate(hubs)}

    def make(self) -> None:
        self._audit()
        parts = self._parts()
        links = self._evidence(parts)
        plan_rows = self._plan(parts)
        self._versions(parts, links, plan_rows)
        self._talk(parts)
        self._reviews()
        self._outcomes()
        self._money()
        self._history()

    def _audit(self) -> None:
        self.save(
            AuditEntry(
                submission=row,
                criterion=criterion,
                rating=(row.pk + index) % 4,
                notes="As seen in lessons.",
                is_priority=index < 3,
            )
            for row in self.rows
            for index, criterion in enumerate(self.criteria)
        )

    def _parts(self) -> dict[int, list[Part]]:
        """By submission: the action plan, then reflections, then core documents."""
        made: list[Part] = self.save(part for row in self.rows for part in self._parts_of(row))
        parts: dict[int, list[Part]] = {}
        for part in made:
            parts.setdefault(part.submission_id, []).append(part)
        return parts

    def _parts_of(self, row: Submission) -> list[Part]:
        kinds: list[dict[str, Any]] = [
            {"kind": Part.Kind.ACTION_PLAN, "title": "Action plan", "code": "action-plan"},
            *(
                {
                    "kind": Part.Kind.REFLECTION,
                    "criterion": one,
                    "title": f"{one.code} {one.title}",
                    "code": one.code.lower(),
                    "text": TEXT,
                }
                for one in self.criteria
            ),
            *(
                {
                    "kind": Part.Kind.CORE_DOCUMENT,
                    "core_document": one,
                    "title": one.title,
                    "code": one.code,
                    "is_required": one.is_required,
                }
                for one in self.documents
            ),
        ]
        return [
            Part(
                submission=row,
                position=position,
                sent_at=self._sent_at(row, position),
                # Signed off once there is a version to pin.
                status=Part.Status.SENT if status == Part.Status.SIGNED_OFF else status,
                **kind,
            )
            for position, kind in enumerate(kinds)
            for status in [self._status(row, position)]
        ]

    def _status(self, row: Submission, position: int) -> Part.Status:
        if row.status == Status.ENROLLED:
            return UNDER_WAY[(row.pk + position) % 4]
        return Part.Status.SENT if row.status == Status.WITH_HUB else Part.Status.SIGNED_OFF

    def _sent_at(self, row: Submission, position: int) -> datetime | None:
        return None if self._status(row, position) == Part.Status.DRAFT else row.enrolled_at

    def _evidence(self, parts: dict[int, list[Part]]) -> dict[int, list[EvidenceLink]]:
        """Twelve pieces each: half files, a quarter links, a quarter notes; each tied to a part."""
        files: list[StoredFile] = self.save(
            StoredFile(
                owner=row.files_owner,
                sha256=f"{row.pk:032x}{number:032x}",
                key=f"{row.files_owner}/{row.pk}-{number}.jpg",
                name=f"Investigation {number}.jpg",
                kind=StoredFile.Kind.IMAGE,
                content_type="image/jpeg",
                size=250_000,
                stored_by=leader,
                stored_at=row.enrolled_at,
            )
            for row, leader in zip(self.rows, self.leaders, strict=True)
            for number in range(0, EVIDENCE, 2)
        )
        file = iter(files)
        pieces: list[Evidence] = []
        for row, leader in zip(self.rows, self.leaders, strict=True):
            for number in range(EVIDENCE):
                what: dict[str, Any] = (
                    {"kind": "file", "file": next(file)}
                    if number % 2 == 0
                    else {"kind": "link", "url": "https://school.example/science"}
                    if number % 4 == 1
                    else {"kind": "note", "note": "What the pupils asked."}
                )
                pieces.append(
                    Evidence(
                        submission=row,
                        title=f"Evidence {number}",
                        added_by=leader,
                        added_at=row.enrolled_at,
                        **what,
                    )
                )
        self.save(pieces)
        links: list[EvidenceLink] = self.save(
            EvidenceLink(
                evidence=piece,
                part=parts[piece.submission_id][
                    1 + index % EVIDENCE % (len(self.criteria) + len(self.documents))
                ],
                caption="It shows how pupils choose their own questions.",
            )
            for index, piece in enumerate(pieces)
        )
        tied: dict[int, list[EvidenceLink]] = {}
        for link in links:
            tied.setdefault(link.part_id, []).append(link)
        return tied

    def _plan(self, parts: dict[int, list[Part]]) -> dict[int, list[ActionRow]]:
        rows: list[ActionRow] = self.save(
            ActionRow(
                part=parts[row.pk][0],
                position=position,
                criterion=self.criteria[position],
                objective="More enquiry in every year group",
                actions="Plan a science week",
                who="Science leader",
                by_when=london_day(row.enrolled_at) + timedelta(days=200),
                cost=Decimal("120.00"),
                success_measure="Pupils ask and answer their own questions",
            )
            for row in self.rows
            for position in range(3)
        )
        by_part: dict[int, list[ActionRow]] = {}
        for row in rows:
            by_part.setdefault(row.part_id, []).append(row)
        return by_part

    def _versions(
        self,
        parts: dict[int, list[Part]],
        links: dict[int, list[EvidenceLink]],
        plan_rows: dict[int, list[ActionRow]],
    ) -> None:
        """Every part that was sent has one; what is signed off is pinned to it."""
        signed_off: list[int] = []
        versions: list[PartVersion] = []
        for row, leader in zip(self.rows, self.leaders, strict=True):
            for part in parts[row.pk]:
                status = self._status(row, part.position)
                if status == Part.Status.DRAFT:
                    continue
                content = {
                    "text": part.text,
                    "rows": [_plain(_row(one)) for one in plan_rows.get(part.pk, ())],
                    "evidence": [_link(link) for link in links.get(part.pk, ())],
                }
                versions.append(
                    PartVersion(
                        part=part,
                        number=1,
                        content=content,
                        digest=digest_of(content),
                        saved_by=leader,
                        started_at=row.enrolled_at,
                        saved_at=row.enrolled_at,
                    )
                )
                if status == Part.Status.SIGNED_OFF:
                    signed_off.append(part.pk)
        self.save(versions)
        version = PartVersion.objects.filter(part=OuterRef("pk")).values("pk")
        Part.objects.filter(pk__in=signed_off).update(
            status=Part.Status.SIGNED_OFF, signed_version=Subquery(version[:1])
        )

    def _talk(self, parts: dict[int, list[Part]]) -> None:
        self.save(
            Message(
                conversation=row.conversation, author=author, body="How is it going?", sent_at=row.enrolled_at
            )
            for row, leader in zip(self.rows, self.leaders, strict=True)
            for author in (self.leader_of[row.hub_id], leader, self.leader_of[row.hub_id])
        )
        self.save(
            Feedback(
                submission=row,
                part=parts[row.pk][position],
                author=self.leader_of[row.hub_id],
                body="Say how you know.",
                written_at=row.enrolled_at,
            )
            for row in self.rows
            for position in (0, 1)
        )

    def _reviews(self) -> None:
        """By leaders of the next three hubs; the own hub's leader has a conflict."""
        self.save(
            Standing(user=self.leader_of[row.hub_id], submission=row, kind="conflict", why="own hub")
            for row in self.rows
        )
        standings: list[Standing] = self.save(
            Standing(
                user=self.hubs[(self.place_of[row.hub_id] + step) % len(self.hubs)][1],
                submission=row,
                kind="reviewer",
            )
            for row in self.rows
            for step in range(1, REVIEWS + 1)
        )
        reviews: list[Review] = self.save(
            self._review(standing, index % REVIEWS) for index, standing in enumerate(standings)
        )
        self.save(
            Judgement(review=review, criterion=criterion, verdict="met", comment="Clear evidence.")
            for review in reviews
            if review.status == Review.Status.COMPLETED
            for criterion in self.criteria
        )
        self.save(
            Earning(
                payee=review.standing.user,
                submission=review.standing.submission,
                kind=Earning.Kind.REVIEW,
                instalment=f"review-{review.pk}",
                rate=50,
                amount=50,
                cause=f"Review of {review.standing.submission.school}",
                earned_at=review.assigned_at,
            )
            for review in reviews
            if review.status == Review.Status.COMPLETED
        )

    def _review(self, standing: Standing, index: int) -> Review:
        row = standing.submission
        done = row.status in REVIEWED or (row.status == Status.IN_REVIEW and index == 0)
        waiting = row.status == Status.IN_REVIEW and not done
        word = Review.Status.COMPLETED if done else Review.Status.ASSIGNED if waiting else Review.Status.VOID
        at = row.submitted_at or row.enrolled_at
        return Review(
            standing=standing,
            cycle=max(row.cycle, 1),
            status=word,
            assigned_at=at,
            recommendation="level" if done else "",
            completed_at=at if done else None,
            narrative="A strong year of science." if done else "",
        )

    def _outcomes(self) -> None:
        decided = [row for row in self.rows if row.status in DECIDED]
        self.save(
            Decision(
                submission=row,
                level=row.target_level,
                decided_by=self.admin,
                decided_at=row.submitted_at or self.now,
                released_at=row.submitted_at if row.status == Status.NOTIFIED else None,
            )
            for row in decided
        )
        self.save(
            Award(
                school=row.school,
                submission=row,
                round_name=str(row.round),
                number=f"PSQM-{row.round.code}-{row.pk:05d}",
                school_name=row.school.name,
                level=row.target_level,
                awarded_on=london_day(row.submitted_at),
                valid_until=london_day(row.submitted_at) + timedelta(days=3 * 365),
            )
            for row in decided
            if row.status == Status.NOTIFIED and row.submitted_at
        )

    def _money(self) -> None:
        invoices: list[Invoice] = self.save(self._invoice(row) for row in self.rows)
        self.save(
            InvoiceLine(
                invoice=invoice,
                description="Primary Science Quality Mark: fee",
                net=750,
                vat="exempt",
                vat_rate=0,
                vat_amount=0,
            )
            for invoice in invoices
        )
        self.save(
            Earning(
                payee=self.leader_of[row.hub_id],
                submission=row,
                kind=Earning.Kind.SCHOOL,
                instalment="enrolment",
                rate=350,
                amount=350,
                cause=f"{row.school} enrolled",
                earned_at=row.enrolled_at,
            )
            for row in self.rows
        )

    def _invoice(self, row: Submission) -> Invoice:
        day = london_day(row.enrolled_at)
        paid = row.pk % 5 > 0
        return Invoice(
            submission=row,
            status="paid" if paid else "issued",
            payer_name=row.school.name,
            number=f"PSQM-{financial_year(day)}-{row.pk:05d}",
            total=750,
            paid=750 if paid else 0,
            made_at=row.enrolled_at,
            issued_on=day,
            due_on=day + timedelta(days=30),
            sender="PSQM",
            how_to_pay="By bank transfer",
        )

    def _history(self) -> None:
        moves = ["enrol", "propose_level", "confirm_level", "send_for_sign_off", "sign_off", "submit"]
        self.save(
            HistoryEntry(
                machine="submission",
                subject_id=row.pk,
                action=action,
                target=row.status,
                by=leader,
                at=row.enrolled_at,
            )
            for row, leader in zip(self.rows, self.leaders, strict=True)
            for action in moves
        )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it: a version's content holds no dates and no decimals."""
    return {
        key: value if isinstance(value, str) or value is None else str(value) for key, value in row.items()
    }
