"""Who may do what with a hub. Registrations ask their machine."""

from typing import Any

from rules.permissions import add_perm
from rules.predicates import predicate

from accounts.models import User
from accounts.queries import hq_roles
from hubs.models import Hub, HubRound
from hubs.queries import roles_towards
from psqm_portal.core.roles import HQ, HUB, Role
from rounds.rules import is_hq_admin

# Who hands a hub over: not its mentors, and of HQ not those who only look on.
WRITE_HAND_OVER = frozenset({Role.HUB_LEADER, Role.HQ_ADMIN})


@predicate
def sees_money(user: User, _: Any = None) -> bool:
    return bool(hq_roles(user) & {Role.HQ_ADMIN, Role.HQ_FINANCE})


@predicate
def sees_hubs(user: User, hub: Hub | None = None) -> bool:
    if hub is None:
        return bool(hq_roles(user) & HQ) or user.hub_memberships.filter(ended_at=None).exists()
    return bool(roles_towards(user, hub) & (HQ | HUB))


@predicate
def trains(user: User, of: HubRound | Hub) -> bool:
    """The hub's leader and mentors hold its training; HQ admin may enter it for them."""
    hub = of.hub if isinstance(of, HubRound) else of
    return bool(roles_towards(user, hub) & (HUB | {Role.HQ_ADMIN}))


@predicate
def hands_over(user: User, hub: Hub) -> bool:
    return bool(roles_towards(user, hub) & WRITE_HAND_OVER)


@predicate
def recruits(user: User, hub: Hub) -> bool:
    """Mentors see whom the hub asks; its leader and HQ admin ask."""
    return bool(roles_towards(user, hub) & {Role.HUB_LEADER, Role.HQ_ADMIN})


@predicate
def sees_leaders(user: User, _: Any = None) -> bool:
    return bool(hq_roles(user) & {Role.HQ_ADMIN, Role.HQ_VIEWER})


add_perm("hubs.view_leaders", sees_leaders)
add_perm("hubs.view_hubs", sees_hubs)
add_perm("hubs.change_hub", is_hq_admin)
add_perm("hubs.see_payee", sees_money)
add_perm("hubs.train", trains)
add_perm("hubs.recruit", recruits)
add_perm("hubs.edit_letter", is_hq_admin)
add_perm("hubs.hand_over", hands_over)
