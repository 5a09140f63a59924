"""Reading submissions: who sees which, what a person is to one, and the dates that count for it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from psqm_portal.core.roles import HUB, SCHOOL, Role
from rounds.models import Audience, Milestone, Step
from submissions.models import Evidence, Extension, Submission

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Due(TypedDict):
        due_on: date

    class _OwnDate(TypedDict):
        own_date: date | None

    SubmissionWithDue = WithAnnotations[Submission, _Due]
    SubmissionWithOwnDate = WithAnnotations[Submission, _OwnDate]


# Every page asks this. As a union of three querysets it costs seven times as much.
_HELD = """
    SELECT 'school', school_id, role, ended_at IS NULL FROM schools_schoolmembership WHERE user_id = %s
    UNION ALL
    SELECT 'hub', hub_id, role, TRUE FROM hubs_hubmembership WHERE user_id = %s AND ended_at IS NULL
    UNION ALL
    SELECT 'HQ', NULL, role, TRUE FROM accounts_hqmembership WHERE user_id = %s AND ended_at IS NULL
"""


# Whoever holds one of these towards a submission may open it.
READERS = SCHOOL | HUB | {Role.HQ_ADMIN}


@dataclass(frozen=True, slots=True)
class Places:
    """Where a person stands at one moment. Read afresh for every request and every rule; kept nowhere.

    ``schools`` and ``hubs``: pairs of id and role held now; ``known_schools``: also those held once.
    A hub leader or mentor who is or was a member of a school is neither to it: HQ names another leader
    (product, "Who may what").
    """

    schools: frozenset[tuple[int, Role]]
    hubs: frozenset[tuple[int, Role]]
    hq: frozenset[Role]
    known_schools: frozenset[int]

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held anywhere."""
        return frozenset(role for _, role in self.schools | self.hubs) | self.hq

    def towards(self, school_id: int, hub_id: int) -> frozenset[Role]:
        """What the person is to the work of a school that belongs to a hub."""
        held = {role for school, role in self.schools if school == school_id}
        if school_id not in self.known_schools:
            held |= {role for hub, role in self.hubs if hub == hub_id}
        return frozenset(held) | self.hq

    def work(self) -> Q:
        """The submissions in which the person works, for the school or for its hub."""
        schools = {school for school, role in self.schools if role in SCHOOL}
        return Q(school_id__in=schools) | Q(hub_id__in={hub for hub, _ in self.hubs}) & ~Q(
            school_id__in=self.known_schools
        )

    def reading(self, *all_for: Role) -> QuerySet[Submission]:
        """Those, or for these roles in HQ all."""
        return Submission.objects.all() if self.hq & set(all_for) else Submission.objects.filter(self.work())


def places_of(user: User) -> Places:
    """One query."""
    schools, hubs, hq, known = set(), set(), set(), set()
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [user.pk] * 3)
        for kind, place, word, is_current in cursor.fetchall():
            role = Role(word)
            match kind:
                case "school":
                    known.add(place)
                    if is_current:
                        schools.add((place, role))
                case "hub":
                    hubs.add((place, role))
                case _:
                    hq.add(role)
    return Places(frozenset(schools), frozenset(hubs), frozenset(hq), frozenset(known))


def roles_towards(user: User, submission: Submission) -> frozenset[Role]:
    """What a person is to a submission at this moment, in one query."""
    return places_of(user).towards(submission.school_id, submission.hub_id)


def visible_to(who: User | Places) -> QuerySet[Submission]:
    """The submissions a person may open: own school's, own hubs', all for HQ but finance.

    Reviewers don't read here: they see the frozen work on their review's page. HQ viewers see lists and
    figures (``listed_for``), not a school's work.
    """
    return _places(who).reading(Role.HQ_ADMIN)


def listed_for(who: User | Places) -> QuerySet[Submission]:
    """The submissions whose row (school, stage, dates) a person may see in lists and counts."""
    return _places(who).reading(Role.HQ_ADMIN, Role.HQ_VIEWER)


def taking_part(who: User | Places) -> QuerySet[Submission]:
    """The submissions a person works in, for the school or for its hub; HQ only looks on."""
    return _places(who).reading()


def _places(who: User | Places) -> Places:
    return who if isinstance(who, Places) else places_of(who)


def with_due(rows: QuerySet[Submission], step: Step) -> "QuerySet[SubmissionWithDue]":
    """Annotates ``due_on``: the school's own extension for the step, else the round's milestone.

    None where the round has no such milestone.
    """
    milestone = Milestone.objects.filter(round=OuterRef("round_id"), step=step, audience=Audience.SCHOOL)
    return rows.annotate(due_on=Coalesce(_own_date(step), Subquery(milestone.values("due_on")[:1])))


def with_own_date(rows: QuerySet[Submission], step: Step) -> "QuerySet[SubmissionWithOwnDate]":
    """Annotates ``own_date``: the school's extension for the step, or None."""
    return rows.annotate(own_date=_own_date(step))


def _own_date(step: Step) -> Subquery:
    rows = Extension.objects.filter(submission=OuterRef("pk"), step=step).order_by("-id")
    return Subquery(rows.values("until")[:1])


def readable_evidence(today: date) -> QuerySet[Evidence]:
    """Evidence that may be shown: not taken away, and with consent where children can be recognised."""
    return Evidence.objects.filter(removed_at=None, consent_withdrawn_at=None).exclude(
        children=Evidence.Children.CONSENT, consent_until__lt=today
    )


def due_on(submission: Submission, step: Step) -> date | None:
    """The last day on which the school may take a step. A page that has read the dates hands them on."""
    if (known := getattr(submission, "known_dates", None)) is not None:
        return known.get(step)
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
