"""Taking a school in: the submission with everything it will hold, empty, from the first day."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.domain.invitations import invite
from accounts.models import User
from hubs.domain.registrations import accept
from hubs.models import Hub, Registration
from messaging.models import Conversation
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from rounds.models import Criterion, Round
from schools.domain.merging import surviving
from schools.models import School, SchoolMembership
from submissions.domain.copying import coming_from, copies_of, pairs, put
from submissions.domain.evidence import lock_files
from submissions.domain.machine import submission_machine
from submissions.domain.seats import take_seat
from submissions.models import AuditEntry, Part, Submission
from submissions.models.submission import Status


def enrol(registration: Registration, *, by: User, now: datetime) -> Submission:
    """Accept a registration: the school gets a place in the hub, its work and its invitations.

    Raises Refused (no free place, no agreement, already taking part) and PermissionDenied.
    """
    if registration.hub is None:
        raise Refused("First choose a hub for this school.")
    submission = Submission(
        school=registration.school,
        round=registration.round,
        hub=registration.hub,
        registration=registration,
        enrolled_at=now,
        renews=work_to_renew(registration.school),
    )
    try:
        with transaction.atomic():
            # Its school may have become another's record a moment ago.
            submission.school = surviving(accept(registration, by=by, now=now).school_id)
            submission.conversation = Conversation.objects.create(started_at=now)
            submission = submission_machine.perform(submission, "enrol", by=by, now=now)
    except IntegrityError as twice:
        raise Refused(f"{registration.school} has just been enrolled by somebody else.") from twice
    return submission


def lay_out(submission: Submission) -> None:
    """Every part and audit entry that the round's framework asks for."""
    framework = submission.round.framework
    criteria = list(Criterion.objects.filter(strand__framework=framework).order_by("code"))
    parts = [
        Part(kind=Part.Kind.ACTION_PLAN, title="Action plan", code="action-plan"),
        *(
            Part(
                kind=Part.Kind.REFLECTION,
                criterion=criterion,
                title=f"{criterion.code} {criterion.title}",
                code=criterion.code.lower(),
            )
            for criterion in criteria
        ),
        *(
            Part(
                kind=Part.Kind.CORE_DOCUMENT,
                core_document=document,
                title=document.title,
                code=document.code,
                is_required=document.is_required,
            )
            for document in framework.core_documents.all()
        ),
    ]
    for position, part in enumerate(parts):
        part.submission, part.position = submission, position
    Part.objects.bulk_create(parts)
    AuditEntry.objects.bulk_create(
        AuditEntry(submission=submission, criterion=criterion) for criterion in criteria
    )
    if submission.renews is not None:
        _nothing_to_decide(submission, submission.renews)


def _nothing_to_decide(submission: Submission, earlier: Submission) -> None:
    """Parts for which the earlier work holds nothing start fresh by themselves."""
    begun = pairs(submission.parts.all(), earlier.parts.filter(pk__in=_begun().values("pk")))
    submission.parts.exclude(pk__in=[part.pk for part, _ in begun]).update(beginning=Part.Beginning.FRESH)


def _begun() -> QuerySet[Part]:
    """Parts with something in them."""
    return Part.objects.filter(
        ~Q(text="")
        | Q(rows__isnull=False)
        | Q(evidence_links__evidence__removed_at=None, evidence_links__isnull=False)
    )


def invite_people(submission: Submission, occasion: Occasion) -> None:
    """An invitation to everybody the registration names who isn't at the school yet."""
    registration = submission.registration
    if registration is None:
        return
    named = [
        (registration.subject_leader_name, registration.subject_leader_email, Role.SUBJECT_LEADER),
        (registration.second_name, registration.second_email, Role.SUBJECT_LEADER),
        (registration.headteacher_name, registration.headteacher_email, Role.HEADTEACHER),
        (registration.finance_name, registration.finance_email, Role.SCHOOL_FINANCE),
    ]
    members = set(
        SchoolMembership.objects.current().filter(school=submission.school).values_list("user__email", "role")
    )
    for name, email, role in named:
        if email and (email.lower(), role.value) not in members:
            invite(
                email=email,
                name=name,
                role=role,
                scope=f"school:{submission.school_id}",
                by=occasion.by,
                now=occasion.now,
            )


def carry_over(deferred: Submission, occasion: Occasion) -> Submission:
    """The linked copy of a deferred submission in the later round, with all its work.

    Parts start again as drafts with their texts, rows, evidence and captions, each "kept" until the school
    says otherwise; the deferred submission keeps its own. Raises Refused when the hub has no free place in
    that round.
    """
    round_: Round = occasion.given["round"]
    hub: Hub = occasion.given["hub"]
    copy = Submission(
        school=deferred.school,
        round=round_,
        hub=hub,
        conversation=Conversation.objects.create(started_at=occasion.now),
        enrolled_at=occasion.now,
        target_level=deferred.target_level,
        continues=deferred,
        renews=deferred.renews,
    )
    take_seat(copy, occasion)
    copy.save()
    lay_out(copy)
    _copy_work(deferred, copy, occasion.now)
    return copy


def _copy_work(source: Submission, copy: Submission, now: datetime) -> None:
    audit = {entry.criterion_id: entry for entry in source.audit.all()}
    entries = list(copy.audit.all())
    for entry in entries:
        old = audit[entry.criterion_id]
        entry.rating, entry.notes, entry.is_priority = old.rating, old.notes, old.is_priority
    AuditEntry.objects.bulk_update(entries, ["rating", "notes", "is_priority"])
    pieces = source.evidence.filter(removed_at=None, consent_withdrawn_at=None)
    lock_files(pieces)
    copies_of(pieces.all(), into=copy)
    parts = list(copy.parts.all())
    for part, old_part in pairs(parts, source.parts.all()):
        part.submission, old_part.submission = copy, source
        put(part, coming_from(old_part, into=copy, today=london_day(now)), now=now)
        part.beginning = Part.Beginning.KEPT
    Part.objects.bulk_update(parts, ["beginning"])


def work_to_renew(school: School) -> Submission | None:
    """The school's newest work whose outcome was told; else its newest that has something in it and came to
    no outcome. Deferred work goes on by itself (docs/decisions/0055).
    """
    rows = Submission.objects.filter(school=school).order_by("-enrolled_at", "-pk")
    begun = _begun().filter(submission=OuterRef("pk"))
    unfinished = rows.filter(Exists(begun), status__in=[Status.NOT_SUBMITTED, Status.WITHDRAWN])
    return rows.filter(status=Status.NOTIFIED).first() or unfinished.first()
