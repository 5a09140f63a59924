"""Cases: somebody raises one, HQ looks after it and settles it. What an outcome does is in ``outcomes``."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.queries import hq_roles
from hubs.models import Hub
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.domain.case_machine import case_machine
from submissions.models import Case, CaseNote, Submission


def raise_case(about: Submission | Hub, *, kind: str, title: str, text: str, by: User, now: datetime) -> Case:
    """By who takes part in the submission, or leads or mentors the hub; HQ for somebody who telephoned."""
    submission = about if isinstance(about, Submission) else None
    hub = about.hub if isinstance(about, Submission) else about
    case = Case(
        kind=Case.Kind(kind),
        submission=submission,
        hub=hub,
        title=" ".join(title.split()),
        text=text.strip(),
        raised_by=by,
    )
    return case_machine.perform(case, "raise", by=by, now=now)


def assign(case: Case, owner: User, *, by: User, now: datetime) -> Case:
    return case_machine.perform(case, "assign", by=by, now=now, owner=owner)


def set_due(case: Case, due_on: date, *, by: User, now: datetime) -> Case:
    return case_machine.perform(case, "set_due", by=by, now=now, due_on=due_on)


def settle(case: Case, outcome: str, *, answer: str, by: User, now: datetime) -> Case:
    """Closes the case; its history keeps the answer."""
    if not answer.strip():
        raise Refused("Write the answer.")
    return case_machine.perform(
        case, "close", by=by, now=now, reason=answer, outcome=Case.Outcome(outcome), answer=answer
    )


def reopen(case: Case, reason: str, *, by: User, now: datetime) -> Case:
    return case_machine.perform(case, "reopen", by=by, now=now, reason=reason)


def note(case: Case, text: str, *, by: User, now: datetime) -> CaseNote:
    """HQ's own, also on a closed case."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if not (text := text.strip()):
        raise Refused("Write the note.")
    return CaseNote.objects.create(case=case, by=by, at=now, text=text)
