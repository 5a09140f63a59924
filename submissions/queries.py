"""Reading submissions: who sees which, what a person is to one, and the dates that count for it."""

from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import HQMembership, User
from hubs.models import HubMembership
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from schools.models import SchoolMembership
from submissions.models import Evidence, Extension, Submission

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Due(TypedDict):
        due_on: date

    SubmissionWithDue = WithAnnotations[Submission, _Due]


def roles_towards(user: User, submission: Submission) -> frozenset[Role]:
    """What a person is to a submission at this moment, in one query.

    A hub leader or mentor who is or was a member of the school is neither to it: HQ names another leader
    (product, "Who may what").
    """
    ever_at_school = SchoolMembership.objects.filter(user=user, school_id=submission.school_id)
    hub = HubMembership.objects.current().filter(user=user, hub_id=submission.hub_id)
    held = (
        ever_at_school.filter(ended_at=None)
        .values_list("role")
        .union(
            hub.exclude(Exists(ever_at_school)).values_list("role"),
            HQMembership.objects.current().filter(user=user).values_list("role"),
        )
    )
    return frozenset(Role(role) for (role,) in held)


def visible_to(user: User) -> QuerySet[Submission]:
    """The submissions a person may open: own school's, own hubs', all for HQ but finance.

    Reviewers don't read here: they see the frozen work on their review's page. HQ viewers see lists and
    figures (``listed_for``), not a school's work.
    """
    return Submission.objects.filter(_school(user) | _hub(user) | Exists(_hq(user, Role.HQ_ADMIN)))


def listed_for(user: User) -> QuerySet[Submission]:
    """The submissions whose row (school, stage, dates) a person may see in lists and counts."""
    return Submission.objects.filter(
        _school(user) | _hub(user) | Exists(_hq(user, Role.HQ_ADMIN, Role.HQ_VIEWER))
    )


def taking_part(user: User) -> QuerySet[Submission]:
    """The submissions a person works in, for the school or for its hub; HQ only looks on."""
    return Submission.objects.filter(_school(user) | _hub(user))


def _school(user: User) -> Q:
    member = SchoolMembership.objects.current().filter(
        user=user,
        school_id=OuterRef("school_id"),
        role__in=[Role.SUBJECT_LEADER.value, Role.HEADTEACHER.value],
    )
    return Q(Exists(member))


def _hub(user: User) -> Q:
    member = HubMembership.objects.current().filter(user=user, hub_id=OuterRef("hub_id"))
    at_school = SchoolMembership.objects.filter(user=user, school_id=OuterRef("school_id"))
    return Q(Exists(member)) & ~Q(Exists(at_school))


def _hq(user: User, *roles: Role) -> QuerySet[HQMembership]:
    return HQMembership.objects.current().filter(user=user, role__in=[role.value for role in roles])


def with_due(
    rows: QuerySet[Submission], step: Step, audience: str = Audience.SCHOOL
) -> "QuerySet[SubmissionWithDue]":
    """Annotates ``due_on``: the school's own extension for the step, else the round's milestone.

    None where the round has no such milestone.
    """
    extension = Extension.objects.filter(submission=OuterRef("pk"), step=step).order_by("-id").values("until")
    milestone = Milestone.objects.filter(round=OuterRef("round_id"), step=step, audience=audience).values(
        "due_on"
    )
    return rows.annotate(due_on=Coalesce(Subquery(extension[:1]), Subquery(milestone[:1])))


def readable_evidence(today: date) -> QuerySet[Evidence]:
    """Evidence that may be shown: not taken away, and with consent where children can be recognised."""
    return Evidence.objects.filter(removed_at=None, consent_withdrawn_at=None).exclude(
        children=Evidence.Children.CONSENT, consent_until__lt=today
    )


def due_on(submission: Submission, step: Step) -> date | None:
    """The last day on which the school may take a step."""
    return with_due(Submission.objects.filter(pk=submission.pk), step).values_list("due_on", flat=True).get()


def school_people(submission: Submission, *roles: Role) -> QuerySet[User]:
    return _members("school_memberships", school_id=submission.school_id, roles=roles)


def hub_people(submission: Submission, *roles: Role) -> QuerySet[User]:
    """The hub's leader and mentors, without anybody who is or was at the school."""
    return _members("hub_memberships", hub_id=submission.hub_id, roles=roles).exclude(
        school_memberships__school_id=submission.school_id
    )


def _members(memberships: str, *, roles: tuple[Role, ...], **place: Any) -> QuerySet[User]:
    conditions: dict[str, Any] = {f"{memberships}__{name}": value for name, value in place.items()}
    conditions[f"{memberships}__ended_at"] = None
    conditions[f"{memberships}__role__in"] = [role.value for role in roles]
    return User.objects.filter(is_active=True, **conditions).distinct().order_by("name", "id")
