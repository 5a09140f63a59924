"""Who may do what with a school (product, "Who may what")."""

from rules.permissions import add_perm
from rules.predicates import predicate

from accounts.models import User
from accounts.rules import is_hq, is_hq_admin
from psqm_portal.core.roles import Role
from schools.models import School
from schools.queries import school_roles


@predicate
def is_headteacher(user: User, school: School | None) -> bool:
    return school is not None and Role.HEADTEACHER in school_roles(user, school)


@predicate
def works_at(user: User, school: School | None) -> bool:
    """Subject leader or headteacher: the finance contact sees invoices, not colleagues' addresses."""
    held = school_roles(user, school) if school is not None else frozenset()
    return bool(held & {Role.HEADTEACHER, Role.SUBJECT_LEADER})


add_perm("schools.list_schools", is_hq)
add_perm("schools.add_school", is_hq_admin)
add_perm("schools.change_school", is_hq_admin)
add_perm("schools.import_register", is_hq_admin)
add_perm("schools.change_contact", is_hq_admin | is_headteacher)
add_perm("schools.see_people", is_hq_admin | works_at)
add_perm("schools.manage_people", is_hq_admin | is_headteacher)
