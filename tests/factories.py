"""Rows for tests, made the way the portal makes them where a domain verb exists."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import HQMembership, User
from hubs.models import (
    ApplicationAnswer,
    Hub,
    HubMembership,
    HubRound,
    LeaderApplication,
    LeaderCommitment,
    LeaderCriterion,
    Registration,
    Seat,
)
from messaging.models import Conversation
from psqm_portal.core.roles import Role
from rounds.models import (
    Audience,
    CoreDocument,
    Criterion,
    Framework,
    Level,
    Milestone,
    Round,
    Step,
    Strand,
)
from schools.models import School, SchoolMembership
from submissions.domain.enrolment import lay_out
from submissions.models import ActionRow, AuditEntry, Evidence, EvidenceLink, Part, PartVersion, Submission

# Tuesday 3 November 2026, 9 am in London: the day on which most tests play.
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=timezone.get_default_timezone())
_numbers = itertools.count(1)


def user(name: str = "", **fields: Any) -> User:
    number = next(_numbers)
    fields.setdefault("email", f"person{number}@test.example")
    made = User(name=name or f"Person {number}", **fields)
    made.set_unusable_password()
    made.save()
    return made


def framework(criteria: int = 3, documents: int = 2) -> Framework:
    """Levels Bronze, Silver, Gold; one strand with some criteria; some core documents."""
    made = Framework.objects.create(name=f"Framework {next(_numbers)}", reflection_words=50)
    for rank, name in enumerate(["Bronze", "Silver", "Gold"], 1):
        Level.objects.create(framework=made, name=name, rank=rank, audit_rating=rank)
    strand = Strand.objects.create(framework=made, letter="A", title="Leadership")
    for number in range(1, criteria + 1):
        Criterion.objects.create(strand=strand, code=f"A{number}", title=f"Criterion {number}")
    for number in range(1, documents + 1):
        CoreDocument.objects.create(
            framework=made, code=f"document-{number}", title=f"Document {number}", position=number
        )
    return made


def round_(*, opens: date = date(2026, 9, 1), **fields: Any) -> Round:
    """An open round; its school milestones fall due in the months after ``opens``."""
    number = next(_numbers)
    fields.setdefault("framework", None)
    fields["framework"] = fields["framework"] or framework()
    fields.setdefault("name", f"Autumn {2000 + number}")
    fields.setdefault("slug", f"autumn-{2000 + number}")
    fields.setdefault("status", Round.Status.OPEN)
    made = Round.objects.create(**{"season": "autumn", "year": 2000 + number, **fields})
    for step, audience, first, last in [
        (Step.AUDIT, Audience.SCHOOL, 30, 60),
        (Step.LEVELS, Audience.HUB_LEADER, 30, 60),
        (Step.ACTION_PLAN, Audience.SCHOOL, 61, 90),
        (Step.ACTION_PLAN, Audience.HUB_LEADER, 61, 90),
        (Step.SEND_FOR_SIGN_OFF, Audience.SCHOOL, 250, 287),
        (Step.SUBMIT, Audience.SCHOOL, 270, 301),
        (Step.FINALISE, Audience.HUB_LEADER, 270, 301),
        (Step.REVIEW, Audience.HUB_LEADER, 330, 360),
        (Step.NOTIFY, Audience.SCHOOL, 366, 396),
    ]:
        Milestone.objects.create(
            round=made,
            step=step,
            audience=audience,
            label=step.label,
            opens_on=opens + timedelta(days=first),
            due_on=opens + timedelta(days=last),
        )
    return made


def school(**fields: Any) -> School:
    number = next(_numbers)
    fields.setdefault("name", f"School {number}")
    fields.setdefault("town", "Ashbrook")
    fields.setdefault("postcode", "AS1 2BC")
    fields.setdefault("pupils", 210)
    return School.objects.create(**fields)


def member(place: School, role: Role = Role.SUBJECT_LEADER, person: User | None = None) -> User:
    person = person or user()
    SchoolMembership.objects.create(school=place, user=person, role=role.value, started_at=NOW)
    return person


def hub(**fields: Any) -> Hub:
    number = next(_numbers)
    fields.setdefault("name", f"Hub {number}")
    return Hub.objects.create(slug=f"hub-{number}", place="Ashbrook", **fields)


def hub_member(place: Hub, role: Role = Role.HUB_LEADER, person: User | None = None) -> User:
    person = person or user()
    HubMembership.objects.create(hub=place, user=person, role=role.value, started_at=NOW)
    return person


def hq(role: Role = Role.HQ_ADMIN, person: User | None = None) -> User:
    """A person of HQ whose second factor is set up."""
    from allauth.mfa.models import Authenticator

    person = person or user()
    HQMembership.objects.create(user=person, role=role.value, started_at=NOW)
    Authenticator.objects.get_or_create(user=person, type=Authenticator.Type.TOTP, defaults={"data": {}})
    return person


def hub_round(place: Hub, cycle: Round, seats: int = 10) -> HubRound:
    made, _ = HubRound.objects.get_or_create(hub=place, round=cycle)
    have = made.seats.count()
    Seat.objects.bulk_create(Seat(hub_round=made, number=number) for number in range(have + 1, seats + 1))
    return made


def registration(
    place: School, in_hub: Hub | None, cycle: Round, *, agreed: bool = True, **fields: Any
) -> Registration:
    return Registration.objects.create(
        round=cycle,
        school=place,
        hub=in_hub,
        subject_leader_name="Sam Leader",
        subject_leader_email=f"sam{next(_numbers)}@test.example",
        headteacher_name="Hana Head",
        headteacher_email=f"hana{next(_numbers)}@test.example",
        registered_at=NOW,
        agreement_token_hash=f"{next(_numbers):064d}",
        agreed_at=NOW if agreed else None,
        agreed_name="Hana Head" if agreed else "",
        **fields,
    )


def application(**fields: Any) -> LeaderApplication:
    """Somebody who wants to lead a hub, with words at number 1."""
    number = next(_numbers)
    status = fields.setdefault("status", LeaderApplication.Status.DRAFT)
    if status != LeaderApplication.Status.DRAFT:
        fields.setdefault("sent_at", NOW)
    made = LeaderApplication.objects.create(
        **{"name": f"Rosa Field {number}", "email": f"rosa{number}@test.example", "place": "Northmoor"}
        | {"token_hash": f"{number:064d}", "link_sent_at": NOW, "begun_at": NOW, "saved_at": NOW}
        | fields
    )
    criterion = LeaderCriterion.objects.get(number=1)
    ApplicationAnswer.objects.create(application=made, criterion=criterion, text="I led staff meetings.")
    return made


def commitment(leader: User, *, until: date) -> LeaderCommitment:
    """A year that ends on ``until``."""
    return LeaderCommitment.objects.create(
        user=leader, from_day=until - timedelta(days=365), until=until, points=[], signed_name=leader.name,
        signed_at=NOW,
    )  # fmt: skip


def submission(
    *,
    cycle: Round | None = None,
    place: School | None = None,
    in_hub: Hub | None = None,
    status: str = Submission.Status.ENROLLED,
    parts: bool = True,
    **fields: Any,
) -> Submission:
    """A submission in any status, with its parts laid out and no people."""
    cycle, place, in_hub = cycle or round_(), place or school(), in_hub or hub()
    seat = Seat.objects.free().filter(hub_round=hub_round(in_hub, cycle)).first()
    if status not in {"enrolled", "with_hub", "signed_off", "not_submitted", "withdrawn", "deferred"}:
        fields.setdefault("submitted_at", NOW)
        fields.setdefault("cycle", 1)
    if status not in {"enrolled", "withdrawn", "deferred", "not_submitted"}:
        fields.setdefault("target_level", cycle.framework.levels.order_by("rank").first())
    if status in {"with_hub", "signed_off"}:
        fields.setdefault("sent_for_sign_off_at", NOW)
    made = Submission.objects.create(
        school=place,
        round=cycle,
        hub=in_hub,
        seat=None if status in {"withdrawn", "deferred"} else seat,
        conversation=Conversation.objects.create(started_at=NOW),
        status=status,
        enrolled_at=NOW,
        **fields,
    )
    if parts:
        lay_out(made)
    return made


def rate_audit(made: Submission, rating: int = AuditEntry.Rating.ESTABLISHED) -> None:
    made.audit.update(rating=rating)


def fill_part(part: Part, by: User | None = None) -> None:
    """What the part must hold before it can be sent."""
    by = by or user()
    if part.kind == Part.Kind.ACTION_PLAN:
        criterion = Criterion.objects.filter(strand__framework=part.submission.round.framework).first()
        assert criterion is not None
        ActionRow.objects.create(
            part=part, position=1, criterion=criterion, objective="More enquiry",
            actions="Plan a science week", who="Sam", by_when=date(2027, 3, 1), cost=Decimal("120.00"),
            success_measure="Pupils ask questions",
        )  # fmt: skip
        return
    Part.objects.filter(pk=part.pk).update(text="What changed, and how we know.")
    part.text = "What changed, and how we know."
    if part.kind == Part.Kind.REFLECTION:
        tie(evidence(part.submission, by=by), part)


def evidence(made: Submission, *, by: User | None = None, **fields: Any) -> Evidence:
    fields.setdefault("note", "" if fields.get("url") else "Pupils chose their own questions.")
    kind = Evidence.Kind.LINK if fields.get("url") else Evidence.Kind.NOTE
    return Evidence.objects.create(
        submission=made,
        kind=kind,
        title=f"Evidence {next(_numbers)}",
        added_by=by or user(),
        added_at=NOW,
        **fields,
    )


def tie(piece: Evidence, part: Part, caption: str = "It shows how pupils choose questions.") -> EvidenceLink:
    return EvidenceLink.objects.create(evidence=piece, part=part, caption=caption)


def sign_off_parts(made: Submission) -> None:
    """Every part filled, signed off and pinned."""
    from submissions.domain.versions import keep_version

    for part in made.parts.all():
        fill_part(part)
        version: PartVersion = keep_version(part, by=None, now=NOW)
        Part.objects.filter(pk=part.pk).update(
            status=Part.Status.SIGNED_OFF, signed_version=version, sent_at=NOW
        )
