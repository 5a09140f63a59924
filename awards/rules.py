"""Who opens HQ's pages of reviews and outcomes. What is done there asks the machines."""

from rules.permissions import add_perm
from rules.predicates import predicate

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.roles import Role


@predicate
def runs_awards(user: User) -> bool:
    return Role.HQ_ADMIN in hq_roles(user)


@predicate
def reads_review_lists(user: User) -> bool:
    """HQ viewers see lists and figures; nobody outside HQ sees an outcome before its release."""
    return bool(hq_roles(user) & {Role.HQ_ADMIN, Role.HQ_VIEWER})


add_perm("awards.run", runs_awards)
add_perm("awards.read_lists", reads_review_lists)
