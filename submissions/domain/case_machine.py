"""A case's life: raised by who can't resolve it, settled by HQ with an outcome (product, section 4)."""

from datetime import timedelta

from accounts.models import User
from accounts.queries import hq_roles
from hubs.queries import roles_towards as roles_towards_hub
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Machine, Move, Occasion
from psqm_portal.core.roles import HUB, SCHOOL, Role
from submissions.models import Case
from submissions.queries import roles_towards as roles_towards_submission

OPEN, CLOSED = Case.Status
HQ = frozenset({Role.HQ_ADMIN})
# HQ means to have settled a case this long after it came; HQ may move the day.
TIME_TO_SETTLE = timedelta(days=7)


def roles_towards(user: User, case: Case) -> frozenset[Role]:
    """What a person is to the submission that a case is about, or to its hub."""
    if case.submission is not None:
        return roles_towards_submission(user, case.submission)
    return roles_towards_hub(user, case.hub)


def _has_words(case: Case, _: Occasion) -> str | None:
    return None if case.title.strip() and case.text.strip() else "Write what it is about."


def _is_hq(_: Case, occasion: Occasion) -> str | None:
    owner = occasion.given.get("owner")
    if owner is not None and (not owner.is_active or Role.HQ_ADMIN not in hq_roles(owner)):
        return "Choose somebody of HQ who can settle it."
    return None


def _date_ahead(_: Case, occasion: Occasion) -> str | None:
    due_on = occasion.given.get("due_on")
    if due_on is not None and due_on < london_day(occasion.now):
        return "Choose a date from today on."
    return None


def _raise(case: Case, occasion: Occasion) -> None:
    case.raised_by, case.raised_at = occasion.by, occasion.now  # type: ignore[assignment]  # nobody else may
    case.due_on = london_day(occasion.now) + TIME_TO_SETTLE


def _assign(case: Case, occasion: Occasion) -> None:
    case.owner = occasion.given["owner"]


def _set_due(case: Case, occasion: Occasion) -> None:
    case.due_on = occasion.given["due_on"]


def _close(case: Case, occasion: Occasion) -> None:
    """Who settles a case that nobody has is who had it."""
    case.outcome, case.answer = occasion.given["outcome"], occasion.given["answer"].strip()
    case.closed_at = occasion.now
    case.owner = case.owner or occasion.by


def _reopen(case: Case, occasion: Occasion) -> None:
    """The answer that was given stays in the history."""
    case.outcome, case.answer, case.closed_at = "", "", None
    case.due_on = london_day(occasion.now) + TIME_TO_SETTLE


# fmt: off
case_machine = Machine(
    "case",
    [
        Move(
            "raise", "Send to HQ", frozenset(), OPEN, SCHOOL | HUB | HQ, guards=(_has_words,), effect=_raise,
        ),
        Move(
            "assign", "Say who looks after it", frozenset({OPEN}), None, HQ, needs=("owner",),
            guards=(_is_hq,), effect=_assign,
        ),
        Move(
            "set_due", "Move the day", frozenset({OPEN}), None, HQ, needs=("due_on",),
            guards=(_date_ahead,), effect=_set_due,
        ),
        Move(
            "close", "Settle it", frozenset({OPEN}), CLOSED, HQ, needs=("outcome", "answer"), effect=_close,
        ),
        Move("reopen", "Open it again", frozenset({CLOSED}), OPEN, HQ, needs=("reason",), effect=_reopen),
    ],
    roles=roles_towards,
    label=lambda status: Case.Status(status).label.lower(),
)
# fmt: on
