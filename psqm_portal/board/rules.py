"""Who may see HQ's board: its numbers say where every school stands."""

from rules.permissions import add_perm
from rules.predicates import predicate

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.roles import Role


@predicate
def sees_the_board(user: User) -> bool:
    return bool({Role.HQ_ADMIN, Role.HQ_VIEWER} & hq_roles(user))


@predicate
def sees_the_log(user: User) -> bool:
    return Role.HQ_ADMIN in hq_roles(user)


add_perm("board.see_log", sees_the_log)
