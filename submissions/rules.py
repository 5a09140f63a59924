"""Who may do what with a submission, for pages. Who may make a move is said by the tables of moves alone."""

from rules.permissions import add_perm
from rules.predicates import Predicate, predicate

from accounts.models import User
from psqm_portal.core.roles import HUB, SCHOOL, Role
from submissions.models import Submission
from submissions.queries import roles_towards

WRITE = frozenset({Role.SUBJECT_LEADER})
COMMENT = HUB
ANSWER = HUB | WRITE
TALK = SCHOOL | HUB
# Consent is the school's to withdraw, by whoever of it is there first.
WITHDRAW_CONSENT = SCHOOL
# Before release only they may know that a submission was reviewed or decided.
KNOW_BEFORE_RELEASE = frozenset({Role.HQ_ADMIN})


def _holds(roles: frozenset[Role]) -> Predicate:
    @predicate
    def holds(user: User, submission: Submission) -> bool:
        return bool(roles & roles_towards(user, submission))

    return holds


add_perm("submissions.write", _holds(WRITE))
add_perm("submissions.comment", _holds(COMMENT))
add_perm("submissions.answer", _holds(ANSWER))
add_perm("submissions.talk", _holds(TALK))
