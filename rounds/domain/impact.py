"""What other dates would mean before they are saved: whom they touch, whose own date stays, which mail moves.

The dates are laid down for a moment in a transaction that is rolled back, and the register of duties and
the reminder engine are asked as they are asked in earnest: a preview can't disagree with what follows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from psqm_portal.core.clock import london_day
from psqm_portal.core.registers import Owed, duties
from rounds.domain import change
from rounds.domain.reminders_ahead import sending_days
from rounds.domain.reminders_due import ask, plan, rules_of, standing_rules
from rounds.models import Milestone, Reminder, Round
from rounds.slots import Effect, date_effects

Days = tuple[date, date]
Owes = dict[int, dict[str, Owed]]  # by milestone, by subject
# By milestone: who gets a reminder on the next day on which any goes.
Going = dict[int, set[int]]


@dataclass(frozen=True, slots=True)
class MailDay:
    """One reminder of a step: the day it was for, the one it is for now, and to how many it went already."""

    offset: int
    was: date
    now: date
    went: int
    has_passed: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """One step with other dates. ``moving`` owe it by the round's date, ``staying`` by a date of their own.

    ``anew``: reminders that went for the old due day and start anew. ``at_once``: people who get one with
    the next reminders because its day has come by the new date; ``spared``: who would have and now don't.
    """

    milestone: Milestone
    before: Days
    after: Days
    moving: list[Owed]
    staying: list[Owed]
    people: int
    anew: int
    at_once: int
    spared: int
    mails: list[MailDay]
    effects: list[Effect]

    @property
    def is_due_moved(self) -> bool:
        return self.before[1] != self.after[1]


def of_dates(round_: Round, wanted: change.Wanted, *, now: datetime) -> list[Impact]:
    """What these dates would change, step by step. Raises what ``change_dates`` would."""
    rows = list(round_.milestones.all())
    changed = change.judge(round_, rows, wanted, today=london_day(now))
    before = {row.pk: change.dates_of(row) for row in changed}
    effects = {row.pk: list(_effects(row, wanted[row.pk][1], now)) for row in changed}
    owes, going = owed_by(changed, now), _going(round_, now)
    with _for_a_moment():
        for row in changed:
            row.opens_on, row.due_on = wanted[row.pk]
            row.save(update_fields=["opens_on", "due_on"])
        owes_then, going_then = owed_by(changed, now), _going(round_, now)
    rules = standing_rules()
    found = []
    for row in changed:
        moving, staying = _apart(owes[row.pk], owes_then[row.pk], is_moved=before[row.pk][1] != row.due_on)
        went = _went(row, before[row.pk][1], moving)
        found.append(
            Impact(
                milestone=row,
                before=before[row.pk],
                after=change.dates_of(row),
                moving=moving,
                staying=staying,
                people=len({person.pk for one in moving for person in one.recipients}),
                anew=sum(went.values()) if before[row.pk][1] != row.due_on else 0,
                at_once=len(going_then[row.pk] - going[row.pk]),
                spared=len(going[row.pk] - going_then[row.pk]),
                mails=_mails(
                    row,
                    before[row.pk][1],
                    [rule.offset for rule in rules_of(rules, row)],
                    went,
                    london_day(now),
                ),
                effects=effects[row.pk],
            )
        )
    return found


def of_opening(round_: Round, *, now: datetime) -> int:
    """How many people would get a reminder of this round with the next ones, were it open."""
    with _for_a_moment():
        Round.objects.filter(pk=round_.pk).update(status=Round.Status.OPEN)
        return len({person for people in _going(round_, now).values() for person in people})


def owed_by(rows: Iterable[Milestone], now: datetime) -> Owes:
    return {row.pk: {one.subject: one for one in ask(row, now)} for row in rows}


@contextmanager
def _for_a_moment() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(rollback=True)


def _going(round_: Round, now: datetime) -> Going:
    """What goes with the next reminders, as the engine plans it."""
    found: Going = defaultdict(set)
    ids = list(round_.milestones.values_list("pk", flat=True))
    for _, due in plan(sending_days(now)[:1], now, milestones=ids):
        found[due.milestone.pk].add(due.person.pk)
    return found


def _apart(owes: dict[str, Owed], then: dict[str, Owed], *, is_moved: bool) -> tuple[list[Owed], list[Owed]]:
    """Those who owe the step by the round's date, and those whose own date stays."""
    moving: list[Owed] = []
    staying: list[Owed] = []
    for subject, one in owes.items():
        stays = is_moved and subject in then and then[subject].due_on == one.due_on
        (staying if stays else moving).append(one)
    return moving, staying


def _effects(row: Milestone, due_on: date, now: datetime) -> Iterator[Effect]:
    if due_on != row.due_on:
        for ask in date_effects:
            yield from ask(row, due_on, now)


def _went(row: Milestone, due_on: date, moving: list[Owed]) -> dict[int, int]:
    """How many reminders of an offset went for the old due day to those who still owe the step."""
    subjects = {one.subject for one in moving}
    went: dict[int, int] = defaultdict(int)
    sent = Reminder.objects.filter(milestone=row, due_on=due_on, state=Reminder.State.SENT)
    for subject, offset in sent.values_list("subject", "offset"):
        if subject in subjects:
            went[offset] += 1
    return went


def _mails(
    row: Milestone, was_due: date, offsets: list[int], went: dict[int, int], today: date
) -> list[MailDay]:
    if was_due == row.due_on or (row.step, row.audience) not in duties:
        return []
    return [
        MailDay(
            offset=offset,
            was=was_due + timedelta(days=offset),
            now=row.offset_day(offset),
            went=went.get(offset, 0),
            has_passed=row.offset_day(offset) < today,
        )
        for offset in sorted(offsets)
    ]
