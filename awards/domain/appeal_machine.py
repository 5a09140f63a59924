"""An appeal's life: raised by the school, looked at again by HQ, upheld or turned down. Decision 0083."""

from datetime import date, timedelta
from typing import Any

from accounts.models import User
from accounts.queries import hq_people
from awards.domain.decisions import at_school
from awards.domain.letters import appeal_until, may_appeal, terms_of
from awards.models import Appeal
from psqm_portal.core.clock import london_day, long_day
from psqm_portal.core.machine import Machine, Move, Occasion
from psqm_portal.core.roles import SCHOOL, Role
from submissions.models import Submission
from submissions.models.submission import Status
from submissions.queries import roles_towards

OPEN, UPHELD, TURNED_DOWN = Appeal.Status
HQ = frozenset({Role.HQ_ADMIN})
SATURDAY = 5


class AppealMachine(Machine):
    """Locks the submission first, as everything that writes in one does."""

    def _load(self, subject: Any) -> Any:
        if self.locking:
            Submission.objects.select_for_update().get(decisions__appeal=subject.pk)
        return super()._load(subject)


def roles(user: User, appeal: Appeal) -> frozenset[Role]:
    return roles_towards(user, appeal.decision.submission)


def working_days_after(day: date, count: int) -> date:
    """Monday to Friday."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def _stands(appeal: Appeal, _: Occasion) -> str | None:
    decision = appeal.decision
    if decision.released_at is None or decision.undone_at or decision.submission.status != Status.NOTIFIED:
        return "There is no outcome to appeal against now."
    return None


def _more_to_be_had(appeal: Appeal, _: Occasion) -> str | None:
    if may_appeal(appeal.decision):
        return None
    return "Your school holds the level it aimed for, so there is nothing to appeal against."


def _in_time(appeal: Appeal, occasion: Occasion) -> str | None:
    decision = appeal.decision
    if decision.released_at is None:
        return None
    last = appeal_until(london_day(decision.released_at), terms_of(decision.submission.round))
    if london_day(occasion.now) > last:
        return f"The time to appeal is over: it ended on {long_day(last)}."
    return None


def _has_reasons(_: Appeal, occasion: Occasion) -> str | None:
    if "reasons" in occasion.given and not occasion.given["reasons"].strip():
        return "Write your reasons."
    return None


def somebody_else(appeal: Appeal, occasion: Occasion) -> str | None:
    """Who decided doesn't judge the appeal against it, unless HQ has nobody else; who is or was at the
    school never does.
    """
    by, submission = occasion.by, appeal.decision.submission
    if by is None:
        return None
    if at_school(by).filter(school=submission.school_id).exists():
        return f"You are or were at {submission.school}, so somebody else in HQ has to answer."
    if by.pk == appeal.decision.decided_by_id and hq_people([Role.HQ_ADMIN]).exclude(pk=by.pk).exists():
        return "You took this decision, so somebody else in HQ has to answer the appeal."
    return None


def _raise(appeal: Appeal, occasion: Occasion) -> None:
    assert occasion.by is not None  # noqa: S101 - the clock raises none
    appeal.raised_by, appeal.raised_at = occasion.by, occasion.now
    appeal.reasons = occasion.given["reasons"].strip()
    terms = terms_of(appeal.decision.submission.round)
    appeal.due_on = working_days_after(london_day(occasion.now), terms.answer_days)


def _answer(appeal: Appeal, occasion: Occasion) -> None:
    appeal.answered_by, appeal.answered_at = occasion.by, occasion.now
    appeal.answer = occasion.given.get("answer", "").strip()


def _turn_down(appeal: Appeal, occasion: Occasion) -> None:
    _answer(appeal, occasion)
    appeal.told_at = occasion.now


# fmt: off
appeal_machine = AppealMachine(
    "appeal",
    [
        Move(
            "raise", "Send the appeal to HQ", frozenset(), OPEN, SCHOOL, needs=("reasons",),
            guards=(_stands, _more_to_be_had, _in_time, _has_reasons), effect=_raise,
        ),
        Move(
            "ask_review", "Ask for a fresh review", frozenset({OPEN}), None, HQ, needs=("reviewers",),
            guards=(somebody_else,),
        ),
        Move(
            "uphold", "Uphold the appeal", frozenset({OPEN}), UPHELD, HQ, guards=(somebody_else,),
            effect=_answer,
        ),
        Move(
            "turn_down", "Turn the appeal down", frozenset({OPEN}), TURNED_DOWN, HQ, needs=("answer",),
            guards=(somebody_else,), effect=_turn_down,
        ),
    ],
    roles=roles,
    label=lambda status: Appeal.Status(status).label.lower(),
)
# fmt: on
