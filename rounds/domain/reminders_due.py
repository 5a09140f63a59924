"""Which reminder goes to whom on which day (product, section 7). Reads only.

What is owed comes from the register of duties, so a mail and "waiting for you" can't disagree. The day's run
and HQ's look ahead ask the same :func:`plan`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from accounts.models import User
from messaging.models import Email, Suppression
from psqm_portal.core.clock import start_of
from psqm_portal.core.registers import Owed, duties
from rounds.models import Milestone, NoSendDay, Reminder, ReminderPause, ReminderRule, Round

TEMPLATE = "rounds/mail/reminders"
# A mail is tried for 22 hours, so one that goes today was written today or the day before.
TRIED = timedelta(days=2)

Rules = Mapping[tuple[str, str], Sequence[ReminderRule]]
# Milestone, subject, person, due day: the offsets of one of these are one course of reminders.
Course = tuple[int, str, int, date]


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder that goes: the newest offset that has passed, with the older ones that it passes over."""

    milestone: Milestone
    owed: Owed
    person: User
    offset: int
    is_copy: bool
    passed_over: tuple[int, ...] = ()
    text: str = ""

    @property
    def course(self) -> Course:
        return (self.milestone.pk, self.owed.subject, self.person.pk, self.owed.due_on)


def select(
    day: date,
    now: datetime,
    *,
    milestones: Collection[int] | None = None,
    subjects: Collection[str] | None = None,
    rules: Rules | None = None,
) -> list[Due]:
    """Everything that should go on a day and hasn't gone. The number of queries hangs on rounds alone."""
    found = plan([day], now, milestones=milestones, subjects=subjects, rules=rules)
    return [due for _, due in found]


def plan(
    days: Sequence[date],
    now: datetime,
    *,
    milestones: Collection[int] | None = None,
    subjects: Collection[str] | None = None,
    rules: Rules | None = None,
) -> list[tuple[date, Due]]:
    """What goes on each of these days (oldest first, without no-send days) as things are now.

    Not to whom mail can't go, and not on a day on which the person has had a mail of reminders already.
    """
    if not days:
        return []
    asked = _asked(_milestones(ids=milestones), now, subjects)
    rules = standing_rules() if rules is None else rules
    gone = _gone({milestone.pk for milestone, _ in asked}, subjects)
    silent = set(Suppression.objects.filter(lifted_at=None).values_list("address", flat=True))
    served = had_mail_on(days[0])
    found: list[tuple[date, Due]] = []
    for milestone, owed in asked:
        held = rules_of(rules, milestone)
        for person, is_copy in _people(owed):
            if not person.is_active or person.email.lower() in silent:
                continue
            open_days = days[1:] if person.pk in served else days
            course = (milestone.pk, owed.subject, person.pk, owed.due_on)
            going = [rule for rule in held if rule.copies_hub_leader or not is_copy]
            for day, rule, older in _steps(going, owed, open_days, gone.get(course, frozenset())):
                found.append((day, Due(milestone, owed, person, rule.offset, is_copy, older, rule.text)))
    return found


def _people(owed: Owed) -> Iterator[tuple[User, bool]]:
    """(who, whether it is a copy); who owes a step isn't copied on it too."""
    own = {person.pk for person in owed.recipients}
    yield from ((person, False) for person in owed.recipients)
    yield from ((person, True) for person in owed.copied if person.pk not in own)


def _steps(
    rules: Iterable[ReminderRule], owed: Owed, days: Sequence[date], gone: Collection[int]
) -> Iterator[tuple[date, ReminderRule, tuple[int, ...]]]:
    """(day, what goes, what it passes over): each offset comes up on the first open day from its own on."""
    coming: dict[date, list[ReminderRule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: rule.offset):
        own = owed.due_on + timedelta(days=rule.offset)
        # None goes for an offset that passed before the enrolment.
        if own >= owed.since and (day := next((day for day in days if own <= day), None)) is not None:
            coming[day].append(rule)
    for day in sorted(coming):
        *older, newest = coming[day]
        if newest.offset not in gone:
            yield day, newest, tuple(rule.offset for rule in older if rule.offset not in gone)


def standing_rules() -> Rules:
    found: dict[tuple[str, str], list[ReminderRule]] = defaultdict(list)
    for rule in ReminderRule.objects.all():
        found[rule.audience, rule.step].append(rule)
    return found


def rules_of(rules: Rules, milestone: Milestone) -> list[ReminderRule]:
    """The step's own rules where it has any, on or off; else the audience's. Only those that are on."""
    held = rules.get((milestone.audience, milestone.step)) or rules.get((milestone.audience, ""), [])
    return [rule for rule in held if rule.is_on]


def _milestones(round_: Round | None = None, ids: Collection[int] | None = None) -> list[Milestone]:
    rows = Milestone.objects.filter(round__status=Round.Status.OPEN).select_related("round")
    if round_ is not None:
        rows = rows.filter(round=round_)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return list(rows.order_by("due_on", "id"))


def _asked(
    milestones: Iterable[Milestone], now: datetime, subjects: Collection[str] | None = None
) -> list[tuple[Milestone, Owed]]:
    return [(milestone, owed) for milestone in milestones for owed in ask(milestone, now, subjects)]


def ask(milestone: Milestone, now: datetime, subjects: Collection[str] | None = None) -> Iterable[Owed]:
    asks = duties.get((milestone.step, milestone.audience))
    return asks(milestone, now, None, subjects=subjects) if asks is not None else ()


def owed_steps(
    now: datetime, round_: Round | None = None, subjects: Collection[str] | None = None
) -> list[tuple[Milestone, Owed]]:
    """Everything that is owed in open rounds."""
    return _asked(_milestones(round_), now, subjects)


def had_mail_on(day: date) -> set[int]:
    """Who has had the day's mail: one written on it, or one of the day before that went late or is going."""
    rows = Email.objects.filter(template=TEMPLATE, written_at__gte=start_of(day - TRIED))
    rows = rows.exclude(state=Email.State.DROPPED, once=None).filter(
        Q(written_at__gte=start_of(day)) | Q(sent_at__gte=start_of(day)) | Q(state=Email.State.SENDING)
    )
    return set(rows.exclude(recipient=None).values_list("recipient_id", flat=True))


def _gone(milestones: Collection[int], subjects: Collection[str] | None) -> dict[Course, set[int]]:
    rows = Reminder.objects.filter(milestone__in=milestones)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    found: dict[Course, set[int]] = defaultdict(set)
    for milestone, subject, person, due_on, offset in rows.values_list(
        "milestone_id", "subject", "person_id", "due_on", "offset"
    ):
        found[milestone, subject, person, due_on].add(offset)
    return found


def is_held_back(day: date) -> bool:
    """No reminder goes: HQ paused them, or keeps the day free. One query."""
    free = NoSendDay.objects.filter(day=day).order_by().values_list("pk")
    return ReminderPause.objects.filter(ended_at=None).order_by().values_list("pk").union(free).exists()
