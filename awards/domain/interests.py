"""Conflicts of interest that somebody declares, and HQ’s lifting of them; ``standing`` says what follows."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from accounts.queries import hq_roles
from awards.domain import assignment, standing
from awards.models import Interest
from hubs.models import HubMembership, LeaderApplication
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import SCHOOL, Role
from schools.models import School
from submissions.models import Submission
from submissions.queries import roles_towards

Side = Interest.Side
APPLIED = "Said so when applying to lead a hub."


def declare_for_myself(
    *, school: School | None = None, employer: str = "", why: str, by: User, now: datetime
) -> Interest:
    """A hub leader knows a school too well, or works or worked for a trust or local authority."""
    leads = HubMembership.objects.current().filter(user=by, role=HubMembership.Kind.LEADER)
    if not leads.exists():
        raise PermissionDenied
    return _declare(by, Side.LEADER, school=school, employer=employer, why=why, by=by, now=now)


def declare_for_school(submission: Submission, user: User, *, why: str, by: User, now: datetime) -> Interest:
    """A subject leader or headteacher names a hub leader who mustn't review their school's work."""
    if not roles_towards(by, submission) & SCHOOL:
        raise PermissionDenied
    return _declare(user, Side.SCHOOL, school=submission.school, why=why, by=by, now=now)


def declare_by_hq(user: User, submission: Submission, *, why: str, by: User, now: datetime) -> Interest:
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    return _declare(user, Side.HQ, school=submission.school, why=why, by=by, now=now)


def from_application(user: User, *, now: datetime) -> None:
    """What a new hub leader said of their work when they applied; what was declared once isn't noted again,
    also where HQ lifted it.
    """
    told = LeaderApplication.objects.filter(email=user.email, status=LeaderApplication.Status.ACCEPTED)
    for application in told.select_related("school"):
        school = application.school
        employer = known_employer(school.trust if school is not None else application.employer)
        for thing in ({"school": school}, {"employer": employer}):
            [(field, value)] = thing.items()
            if value and not Interest.objects.filter(user=user, **{field: value}).exists():
                _declare(user, Side.LEADER, **thing, why=APPLIED, by=user, now=now)


def lift(interest: Interest, *, reason: str, by: User, now: datetime) -> Interest:
    """HQ is sure that it is none, or none any more. What a membership shows stays."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if not reason.strip():
        raise Refused("Write the reason.")
    with transaction.atomic():
        interest = Interest.objects.select_for_update(of=["self"]).select_related("user").get(pk=interest.pk)
        if interest.lifted_at is not None:
            raise Refused("It was lifted already.")
        interest.lifted_at, interest.lifted_by, interest.lifted_because = now, by, reason.strip()
        interest.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
        standing.on_lifting(interest)
        _remember(interest, "lift", by=by, now=now)
    return interest


def known_employer(words: str) -> str:
    """The trust or local authority as the register writes it; nothing where no school of ours has one."""
    wanted = " ".join(words.split())
    if not wanted:
        return ""
    for field in ("trust", "local_authority"):
        row = School.objects.filter(**{f"{field}__iexact": wanted}).values_list(field, flat=True).first()
        if row:
            return str(row)
    return ""


def employers_like(words: str, *, most: int = 10) -> list[str]:
    """Trusts and local authorities whose names hold these words."""
    wanted = " ".join(words.split())
    if not wanted:
        return []
    found: set[str] = set()
    for field in ("trust", "local_authority"):
        rows = School.objects.filter(Q(**{f"{field}__icontains": wanted})).order_by(field)
        found |= set(rows.values_list(field, flat=True).distinct()[:most])
    return sorted(found)[:most]


def _declare(
    user: User,
    side: str,
    *,
    school: School | None = None,
    employer: str = "",
    why: str,
    by: User,
    now: datetime,
) -> Interest:
    """An unfinished review is taken back at once."""
    if not why.strip():
        raise Refused("Write the reason.")
    if school is None and not (employer := known_employer(employer)):
        raise Refused("Choose a school, a trust or a local authority.")
    try:
        with transaction.atomic():
            interest = Interest.objects.create(
                user=user, school=school, employer=employer, why=why.strip(), side=side, declared_by=by,
                declared_at=now,
            )  # fmt: skip
            assignment.take_back_for_conflict(standing.on_interest(interest), now=now)
            _remember(interest, "declare", by=by, now=now)
    except IntegrityError as twice:
        raise Refused(f"That was declared already: {school or employer}.") from twice
    return interest


def _remember(interest: Interest, action: str, *, by: User, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine="interest", subject_id=interest.pk, action=action, target=interest.side, by=by, at=now
    )
