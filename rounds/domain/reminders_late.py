"""What is late, and what reminders couldn't bring: lists for hub leaders and for HQ."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from psqm_portal.core.clock import london_day
from psqm_portal.core.registers import Owed
from rounds.domain.reminders_due import owed_steps, rules_of, standing_rules
from rounds.models import Milestone, Round


@dataclass(frozen=True, slots=True)
class Late:
    """One step past its due day; ``with_hq`` after its last reminder."""

    milestone: Milestone
    owed: Owed
    days: int
    with_hq: bool


def late(
    now: datetime, round_: Round | None = None, *, subjects: Collection[str] | None = None
) -> list[Late]:
    """Everything past its due day, longest first; ``with_hq`` once the last reminder's day is over."""
    day, rules = london_day(now), standing_rules()
    found = []
    for milestone, owed in owed_steps(now, round_, subjects):
        if owed.due_on < day:
            last = max((rule.offset for rule in rules_of(rules, milestone)), default=0)
            with_hq = owed.due_on + timedelta(days=max(last, 0)) < day
            found.append(Late(milestone, owed, (day - owed.due_on).days, with_hq))
    return sorted(found, key=lambda row: (row.owed.due_on, row.owed.title, row.milestone.pk))


def overdue(now: datetime, round_: Round | None = None) -> list[Late]:
    """What reminders couldn't bring: HQ's list."""
    return [row for row in late(now, round_) if row.with_hq]
