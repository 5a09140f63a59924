"""Inviting people to a school: HQ and the headteacher do it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from accounts.domain import invitations
from accounts.models import Invitation, User
from accounts.queries import pending_invitations
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from schools.models import School, SchoolMembership
from schools.queries import school_roles

INVITED = frozenset({Role.SUBJECT_LEADER, Role.HEADTEACHER, Role.SCHOOL_FINANCE})
INVITERS = frozenset({Role.HQ_ADMIN, Role.HEADTEACHER})


def scope_of(school: School) -> str:
    return f"school:{school.pk}"


def invite(school: School, *, email: str, name: str, role: Role, by: User, now: datetime) -> Invitation:
    """Raises Refused when the person has that place already."""
    _check(school, by)
    if role not in INVITED:
        raise PermissionDenied
    email = email.strip().lower()
    held = SchoolMembership.objects.current().filter(school=school, user__email=email, role=role.value)
    if held.exists():
        raise Refused(f"{email} is {role.value} of this school already.")
    return invitations.invite(email=email, name=name, role=role, scope=scope_of(school), by=by, now=now)


def send_again(school: School, invitation: Invitation, *, by: User, now: datetime) -> Invitation:
    _check(school, by)
    return invitations.send_again(invitation, by=by, now=now)


def withdraw(school: School, invitation: Invitation, *, by: User, now: datetime) -> None:
    _check(school, by)
    invitations.withdraw(invitation, by=by, now=now)


def ending_with(membership: SchoolMembership) -> QuerySet[Invitation]:
    """The open invitations that are withdrawn with this membership: its person may invite no more."""
    person, school = membership.user, membership.school
    if INVITERS & (school_roles(person, school) - {Role(membership.role)}):
        return Invitation.objects.none()
    return pending_invitations(scope_of(school)).filter(invited_by=person)


def _check(school: School, by: User) -> None:
    if not INVITERS & school_roles(by, school):
        raise PermissionDenied
