"""The reminder engine (product, section 7): who is reminded of what today, once, in one mail a person.

What is due comes from the register of duties, so a mail and "waiting for you" can't disagree. State is in
the rows: a reminder is unique by milestone, subject, person, due date and offset; "due and not done" is the
question, never "today is exactly".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from messaging.domain.mail import as_html, render, write
from messaging.models import Email
from psqm_portal.core.clock import LONDON, london_day
from psqm_portal.core.registers import Owed, duties
from rounds.models import Milestone, NoSendDay, Reminder, ReminderRule, ReminderRun, Round

TEMPLATE = "rounds/mail/reminders"
FIRST_HOUR = 7  # London's; nobody's phone rings at night
BATCH = 50


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder that goes: the newest offset that has passed, with the older ones that it passes over."""

    milestone: Milestone
    owed: Owed
    person: User
    offset: int
    is_copy: bool
    passed_over: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Late:
    """One step past its due day; ``with_hq`` after its last reminder."""

    milestone: Milestone
    owed: Owed
    with_hq: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """Offsets of a step for one audience; ``copied`` are those that go to the hub leader too."""

    offsets: tuple[int, ...]
    copied: tuple[int, ...]


def send_reminders(now: datetime) -> int:
    """Writes the day's reminders once, from 7 am; returns how many mails. Safe to run twice, also at once.

    People are locked in small batches and what they owe is asked again inside, so a step done a moment ago
    isn't reminded of, and two runs take turns.
    """
    day = london_day(now)
    if now.astimezone(LONDON).hour < FIRST_HOUR:
        return 0
    if ReminderRun.objects.filter(day=day).exists() or NoSendDay.objects.filter(day=day).exists():
        return 0
    people = sorted({due.person.pk for due in select(day, now)})
    sent = 0
    for start in range(0, len(people), BATCH):
        sent += _send_batch(people[start : start + BATCH], day, now)
    ReminderRun.objects.get_or_create(day=day, defaults={"finished_at": now, "mails": sent})
    return sent


@transaction.atomic
def _send_batch(people: Sequence[int], day: date, now: datetime) -> int:
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    wanted = {user.pk for user in locked if user.is_active}
    by_person: dict[int, list[Due]] = defaultdict(list)
    for due in select(day, now):
        if due.person.pk in wanted:
            by_person[due.person.pk].append(due)
    rows: list[Reminder] = []
    sent = 0
    for dues in by_person.values():
        email = _write(dues, day, now)
        if email is not None:
            sent += 1
            rows += _rows(dues, email, now)
    Reminder.objects.bulk_create(rows, batch_size=500)
    return sent


def _write(dues: Sequence[Due], day: date, now: datetime) -> Email | None:
    """None when the person has had the day's mail already; then all of it goes tomorrow."""
    person = dues[0].person
    return write(
        TEMPLATE,
        to=person,
        now=now,
        context=_context(dues, day),
        about=f"user:{person.pk}",
        once=f"reminders:{person.pk}:{day}",
    )


def _context(dues: Iterable[Due], day: date) -> dict[str, object]:
    ordered = sorted(dues, key=lambda due: (due.owed.due_on, due.owed.title, due.owed.what))
    own = [due for due in ordered if not due.is_copy]
    copies = [due for due in ordered if due.is_copy]
    return {"own": own, "copies": copies, "day": day, "url": reverse("home")}


def _rows(dues: Iterable[Due], email: Email, now: datetime) -> Iterator[Reminder]:
    for due in dues:
        for offset in (due.offset, *due.passed_over):
            goes = offset == due.offset
            yield Reminder(
                milestone=due.milestone,
                subject=due.owed.subject,
                person=due.person,
                due_on=due.owed.due_on,
                offset=offset,
                is_copy=due.is_copy,
                state=Reminder.State.SENT if goes else Reminder.State.SKIPPED,
                email=email if goes else None,
                made_at=now,
            )


def select(day: date, now: datetime) -> list[Due]:
    """Everything that should go on a day and hasn't gone. The number of queries hangs on rounds alone."""
    milestones = _milestones()
    rules = _rules()
    candidates = [
        (milestone, owed, rules_of(rules, milestone))
        for milestone in milestones
        for owed in _ask(milestone, now)
    ]
    gone = _gone(candidates)
    found: list[Due] = []
    for milestone, owed, held in candidates:
        own = {person.pk for person in owed.recipients}
        for person, is_copy in [
            *((person, False) for person in owed.recipients),
            *((person, True) for person in owed.copied if person.pk not in own),
        ]:
            offsets = passed(held.copied if is_copy else held.offsets, owed, day)
            key = (milestone.pk, owed.subject, person.pk, owed.due_on)
            if offsets and (*key, offsets[-1]) not in gone:
                older = tuple(offset for offset in offsets[:-1] if (*key, offset) not in gone)
                found.append(Due(milestone, owed, person, offsets[-1], is_copy, older))
    return found


def passed(offsets: Iterable[int], owed: Owed, day: date) -> list[int]:
    """Offsets whose day has come and didn't lie before the enrolment; oldest first."""
    return [offset for offset in sorted(offsets) if owed.since <= owed.due_on + timedelta(days=offset) <= day]


def going_on(day: date, now: datetime) -> list[Due]:
    """What would go on exactly that day, as things are now (HQ's look ahead)."""
    return [due for due in select(day, now) if due.owed.due_on + timedelta(days=due.offset) == day]


def late(now: datetime, round_: Round | None = None) -> list[Late]:
    """Everything past its due day, longest first; ``with_hq`` once the last reminder's day is over."""
    day, rules = london_day(now), _rules()
    found = []
    for milestone in _milestones(round_):
        last = max(rules_of(rules, milestone).offsets, default=0)
        for owed in _ask(milestone, now):
            if owed.due_on < day:
                with_hq = owed.due_on + timedelta(days=max(last, 0)) < day
                found.append(Late(milestone, owed, with_hq))
    return sorted(found, key=lambda row: (row.owed.due_on, row.owed.title, row.milestone.pk))


def overdue(now: datetime, round_: Round | None = None) -> list[Late]:
    """What reminders couldn't bring: HQ's list."""
    return [row for row in late(now, round_) if row.with_hq]


def still_wanted(email: Email, now: datetime) -> bool:
    """Asked when the mail is sent, maybe hours after it was written: is any step in it still owed?

    Steps done meanwhile are taken out of its text.
    """
    rows = list(
        Reminder.objects.filter(email=email, state=Reminder.State.SENT).select_related(
            "milestone__round", "person"
        )
    )
    owed = {
        (milestone.pk, one.subject, one.due_on, person.pk): one
        for milestone in {row.milestone for row in rows}
        if milestone.round.status == Round.Status.OPEN
        for one in _ask(milestone, now)
        for person in (*one.recipients, *one.copied)
    }
    left = [
        Due(row.milestone, one, row.person, row.offset, row.is_copy, ())
        for row in rows
        if (one := owed.get((row.milestone_id, row.subject, row.due_on, row.person_id))) is not None
    ]
    if 0 < len(left) < len(rows):
        context = {**_context(left, london_day(email.written_at)), "person": left[0].person}
        email.subject, email.text = render(TEMPLATE, context)
        email.html = as_html(email.subject, email.text)
        email.save(update_fields=["subject", "text", "html"])
    return bool(left)


def _milestones(round_: Round | None = None) -> list[Milestone]:
    rows = Milestone.objects.filter(round__status=Round.Status.OPEN).select_related("round")
    if round_ is not None:
        rows = rows.filter(round=round_)
    return list(rows.order_by("due_on", "id"))


def _ask(milestone: Milestone, now: datetime) -> Iterable[Owed]:
    asks = duties.get((milestone.step, milestone.audience))
    return asks(milestone, now, None) if asks is not None else ()


def _rules() -> dict[tuple[str, str], list[ReminderRule]]:
    found: dict[tuple[str, str], list[ReminderRule]] = defaultdict(list)
    for rule in ReminderRule.objects.all():
        found[rule.audience, rule.step].append(rule)
    return found


def rules_of(rules: dict[tuple[str, str], list[ReminderRule]], milestone: Milestone) -> _Rules:
    """The step's own rules where it has any, on or off; else the audience's."""
    held = rules.get((milestone.audience, milestone.step)) or rules.get((milestone.audience, ""), [])
    on = [rule for rule in held if rule.is_on]
    return _Rules(
        offsets=tuple(rule.offset for rule in on),
        copied=tuple(rule.offset for rule in on if rule.copies_hub_leader),
    )


def _gone(candidates: Iterable[tuple[Milestone, Owed, _Rules]]) -> set[tuple[int, str, int, date, int]]:
    milestones = {milestone.pk for milestone, _, _ in candidates}
    days = {owed.due_on for _, owed, _ in candidates}
    return set(
        Reminder.objects.filter(milestone__in=milestones, due_on__in=days).values_list(
            "milestone_id", "subject", "person_id", "due_on", "offset"
        )
    )
