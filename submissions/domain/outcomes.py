"""What settling a case does. Each closes the case and acts in one transaction, by the verbs that exist.

Locks: the case, then the submission, then a hub's places.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.models import Invitation, User
from hubs.domain.hubs import invite_to_hub
from hubs.models import Hub, HubMembership
from hubs.queries import leader_of
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from rounds.models import Round, Step
from schools.domain import invitations
from schools.domain.people import join, leave
from schools.models import SchoolMembership
from submissions.domain.cases import settle
from submissions.domain.extensions import give
from submissions.domain.machine import submission_machine
from submissions.models import Case, Submission


def answer(case: Case, *, answer: str, by: User, now: datetime) -> Case:
    """Nothing but the answer."""
    return settle(case, Case.Outcome.ANSWERED, answer=answer, by=by, now=now)


@transaction.atomic
def hand_over(
    case: Case,
    *,
    leaving: Sequence[SchoolMembership],
    name: str,
    email: str,
    reason: str,
    answer: str,
    by: User,
    now: datetime,
) -> Case:
    """The work stays where it is: a new subject leader joins the school, and those who leave lose it.

    Somebody with an account joins at once, everybody else by an invitation.
    """
    case = settle(case, Case.Outcome.HANDED_OVER, answer=answer, by=by, now=now)
    submission = _submission(case)
    email = email.strip().lower()
    left = [one for one in leaving if one.school_id == submission.school_id and one.ended_at is None]
    if any(one.user.email == email for one in left):
        raise Refused("The new subject leader can't be one of those who leave.")
    submission_machine.perform(submission, "hand_over", by=by, now=now, reason=reason)
    for membership in left:
        leave(membership, by=by, now=now)
    known = User.objects.filter(email=email, is_active=True).first()
    if known is not None:
        if _leads_subject(submission, known):
            raise Refused(f"{known} is subject leader of {submission.school} already.")
        join(submission.school, known, Role.SUBJECT_LEADER, now=now)
    else:
        invitations.invite(
            submission.school, email=email, name=name, role=Role.SUBJECT_LEADER, by=by, now=now
        )
    given = {"left": [one.user for one in left], "joined": known, "name": name}
    events.publish(
        "submission.handed_over", submission, Occasion(by=by, now=now, reason=reason.strip(), given=given)
    )
    return case


@transaction.atomic
def move_hub(case: Case, *, hub: Hub, reason: str, answer: str, by: User, now: datetime) -> Case:
    case = settle(case, Case.Outcome.MOVED, answer=answer, by=by, now=now)
    submission_machine.perform(_submission(case), "move_hub", by=by, now=now, reason=reason, hub=hub)
    return case


@transaction.atomic
def defer(
    case: Case,
    *,
    round: Round,  # noqa: A002 - as the move and its form name it
    hub: Hub,
    reason: str,
    answer: str,
    by: User,
    now: datetime,
) -> Case:
    case = settle(case, Case.Outcome.DEFERRED, answer=answer, by=by, now=now)
    submission_machine.perform(
        _submission(case), "defer", by=by, now=now, reason=reason, round=round, hub=hub
    )
    return case


@transaction.atomic
def withdraw(case: Case, *, reason: str, answer: str, by: User, now: datetime) -> Case:
    case = settle(case, Case.Outcome.WITHDRAWN, answer=answer, by=by, now=now)
    submission_machine.perform(_submission(case), "withdraw", by=by, now=now, reason=reason)
    return case


@transaction.atomic
def extend(case: Case, *, step: Step, until: date, reason: str, answer: str, by: User, now: datetime) -> Case:
    case = settle(case, Case.Outcome.EXTENDED, answer=answer, by=by, now=now)
    give(_submission(case), step, until, why=reason, by=by, now=now)
    return case


@transaction.atomic
def replace_leader(
    case: Case, *, name: str, email: str, answer: str, by: User, now: datetime
) -> tuple[Case, HubMembership | Invitation]:
    """At once where the new leader has an account, else when they accept the invitation."""
    case = settle(case, Case.Outcome.LEADER_REPLACED, answer=answer, by=by, now=now)
    now_leads = leader_of(case.hub_now)
    if now_leads is not None and now_leads.email == email.strip().lower():
        raise Refused(f"{now_leads} leads {case.hub_now} already.")
    made = invite_to_hub(case.hub_now, email=email, name=name, role=Role.HUB_LEADER, by=by, now=now)
    return case, made


def _submission(case: Case) -> Submission:
    if case.submission is None:
        raise Refused("This case is about a hub, not about one school's work.")
    return case.submission


def _leads_subject(submission: Submission, person: User) -> bool:
    current = SchoolMembership.objects.current().filter(school=submission.school_id, user=person)
    return current.filter(role=Role.SUBJECT_LEADER.value).exists()
