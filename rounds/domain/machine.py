"""A round's own table: planned, open, closed, archived. Nothing else sets its status."""

from typing import Any

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Machine, Move, Occasion
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import long_date
from rounds.domain import dates
from rounds.models import Audience, Round, Step

Status = Round.Status


def _has_dates(round_: Round, _: Occasion) -> str | None:
    if not round_.milestones.filter(step=Step.SUBMIT, audience=Audience.SCHOOL).exists():
        return "This round has no date for submitting yet."
    return None


def _fits(round_: Round, occasion: Occasion) -> str | None:
    """A round opens only with dates that can be kept."""
    rows = list(round_.milestones.all())
    close = next((row for row in rows if row.step == Step.SUBMIT and row.audience == Audience.SCHOOL), None)
    if close is None:
        return None
    if close.due_on < london_day(occasion.now):
        return f"Its close, {long_date(close.due_on)}, has passed. Change the dates first."
    if found := dates.problems(map(dates.of, rows), year=None):
        return f"Its dates don't fit. {found[0].sentence}"
    return None


def _roles(user: User, _: Any) -> frozenset[Role]:
    return hq_roles(user)


_WHO = frozenset({Role.HQ_ADMIN, Role.CLOCK})  # the clock stands for programs, such as the demonstration

round_machine = Machine(
    "round",
    [
        Move(
            "open",
            "Open this round",
            frozenset({Status.PLANNED}),
            Status.OPEN,
            _WHO,
            guards=(_has_dates, _fits),
        ),
        Move("close", "Close this round", frozenset({Status.OPEN}), Status.CLOSED, _WHO),
        Move("reopen", "Reopen this round", frozenset({Status.CLOSED}), Status.OPEN, _WHO, needs=("reason",)),
        Move("archive", "Archive this round", frozenset({Status.CLOSED}), Status.ARCHIVED, _WHO),
    ],
    roles=_roles,
    label=lambda status: str(Status(status).label).lower(),
)
