"""Who may do what with money (product, "Who may what"). Never HQ viewers, subject leaders or mentors."""

from rules.permissions import add_perm
from rules.predicates import predicate

from accounts.models import User
from accounts.queries import hq_roles
from hubs.models import HubMembership
from payments.models import Earning
from psqm_portal.core.roles import Role


@predicate
def handles_money(user: User) -> bool:
    return bool(hq_roles(user) & {Role.HQ_ADMIN, Role.HQ_FINANCE})


@predicate
def earns(user: User) -> bool:
    """Leads a hub, or has earned: who stood down still sees what was earned."""
    return (
        HubMembership.objects.current().filter(user=user, role=Role.HUB_LEADER.value).exists()
        or Earning.objects.filter(payee=user).exists()
    )


add_perm("payments.handle_money", handles_money)
add_perm("payments.see_earnings", handles_money | earns)
