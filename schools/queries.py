"""Reading schools: who sees which."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import HQMembership, User
from accounts.registers import Holding, Place
from psqm_portal.core.roles import Role
from schools.models import School, SchoolMembership
from schools.search import matching


def school_roles(user: User, school: School) -> frozenset[Role]:
    """What a person is to a school at this moment: member of it, of HQ, or both. One query."""
    member = SchoolMembership.objects.current().filter(user=user, school=school).values_list("role")
    hq = HQMembership.objects.current().filter(user=user).values_list("role")
    return frozenset(Role(role) for (role,) in member.union(hq))


def visible_to(user: User) -> QuerySet[School]:
    """The schools whose page a person may open: HQ admin and finance all, others their own.

    Hub leaders read a school's data on its submission's page. HQ viewers see the list only.
    """
    return School.objects.filter(_own(user) | Exists(_hq(user, Role.HQ_ADMIN, Role.HQ_FINANCE)))


def listed_for(user: User) -> QuerySet[School]:
    """The schools in the list of all schools: HQ's."""
    return School.objects.filter(Exists(_hq(user, Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER)))


def _own(user: User) -> Q:
    return Q(Exists(SchoolMembership.objects.current().filter(user=user, school=OuterRef("pk"))))


def _hq(user: User, *roles: Role) -> QuerySet[HQMembership]:
    return HQMembership.objects.current().filter(user=user, role__in=[role.value for role in roles])


def search(
    rows: QuerySet[School], *, words: str = "", phase: str = "", state: str = "open"
) -> QuerySet[School]:
    """What ``schools.search`` finds among them. Records that were merged are only in "all"."""
    if phase:
        rows = rows.filter(phase=phase)
    if state in {"open", "closed"}:
        rows = rows.filter(is_open=state == "open", merged_into=None)
    return matching(rows, words)


def people_of(school: School) -> QuerySet[SchoolMembership]:
    """Current members, headteacher first."""
    return (
        SchoolMembership.objects.current()
        .filter(school=school)
        .select_related("user")
        .order_by("role", "user__name", "id")
    )


def school_holdings(user_ids: Collection[int]) -> list[Holding]:
    rows = SchoolMembership.objects.current().filter(user__in=user_ids).select_related("school")
    return [
        Holding(row.user_id, row.get_role_display(), Place(row.school.name, _url(row.school_id)))
        for row in rows.order_by("school__name", "role")
    ]


def school_places(ids: Collection[int]) -> dict[int, Place]:
    names = School.objects.filter(pk__in=ids).values_list("pk", "name")
    return {pk: Place(name, _url(pk)) for pk, name in names}


def _url(pk: int) -> str:
    return reverse("school", args=[pk])
