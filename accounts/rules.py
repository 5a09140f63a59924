"""Who may see what of people. Later apps build on these predicates."""

from typing import Any

from rules.permissions import add_perm
from rules.predicates import predicate

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.roles import Role


@predicate
def is_hq_admin(user: User, _subject: Any = None) -> bool:
    return Role.HQ_ADMIN in hq_roles(user)


@predicate
def is_hq_finance(user: User, _subject: Any = None) -> bool:
    return Role.HQ_FINANCE in hq_roles(user)


@predicate
def is_hq_viewer(user: User, _subject: Any = None) -> bool:
    return Role.HQ_VIEWER in hq_roles(user)


@predicate
def is_hq(user: User, _subject: Any = None) -> bool:
    return bool(hq_roles(user))


add_perm("accounts.see_people", is_hq_admin)
add_perm("accounts.manage_hq", is_hq_admin)
