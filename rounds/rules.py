"""Who may look at rounds and frameworks, and who may change them."""

from typing import Any

from rules.permissions import add_perm
from rules.predicates import is_authenticated, predicate

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.roles import HQ, Role


@predicate
def is_hq(user: User, _: Any = None) -> bool:
    return bool(hq_roles(user) & HQ)


@predicate
def is_hq_admin(user: User, _: Any = None) -> bool:
    return Role.HQ_ADMIN in hq_roles(user)


@predicate
def sees_lateness(user: User, _: Any = None) -> bool:
    """Who is late with what stands there with the school's name: not for finance."""
    return bool(hq_roles(user) & {Role.HQ_ADMIN, Role.HQ_VIEWER})


add_perm("rounds.view_round", is_hq)
add_perm("rounds.make_round", is_hq_admin)
add_perm("rounds.change_round", is_hq_admin)
add_perm("rounds.view_late", sees_lateness)
add_perm("rounds.change_reminders", is_hq_admin)
add_perm("rounds.view_framework", is_authenticated)
add_perm("rounds.change_framework", is_hq_admin)
