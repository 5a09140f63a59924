from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import HQMembership, User
from psqm_portal.core.roles import Role


def hq_roles(user: User | AnonymousUser) -> frozenset[Role]:
    """The roles a person holds in HQ at this moment; read afresh each time."""
    if not user.is_authenticated:
        return frozenset()
    held = HQMembership.objects.current().filter(user=user).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def hq_people(roles: Iterable[Role]) -> QuerySet[User]:
    """Active people who hold one of these HQ roles now."""
    return User.objects.filter(
        is_active=True, hq_memberships__ended_at=None, hq_memberships__role__in=[str(role) for role in roles]
    ).distinct()
