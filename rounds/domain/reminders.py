"""The day's reminders: written once, in one mail a person, and asked again when the mail is sent.

State is in the rows: a reminder is unique by milestone, subject, person, due date and offset; "due and not
done" is the question, never "today is exactly".
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from messaging.domain.mail import Letter, compose, write_many
from messaging.models import Email
from psqm_portal.core.clock import LONDON, london_day, start_of
from rounds.domain.reminders_due import (
    TEMPLATE,
    Due,
    ask,
    is_held_back,
    rules_of,
    select,
    standing_rules,
)
from rounds.models import Reminder, ReminderRun, Round

FIRST_HOUR = 7  # London's; nobody's phone rings at night
BATCH = 2_000  # people whose mails and rows are one transaction

# Only a test's control switches this off, to show that two runs at once would get in each other's way.
TAKE_TURNS = True


def send_reminders(now: datetime) -> int:
    """Writes the day's reminders once, from 7 am; returns how many mails. Safe to run twice, also at once.

    What people owe is asked again inside each batch's transaction, so a step done a moment ago isn't
    reminded of. A run that is cut short leaves whole batches done; the next hour's does the rest.
    """
    day = london_day(now)
    if now.astimezone(LONDON).hour < FIRST_HOUR or is_held_back(day):
        return 0
    run, _ = ReminderRun.objects.get_or_create(day=day)
    if run.finished_at is not None:
        return 0
    by_person: dict[int, list[Due]] = defaultdict(list)
    for due in select(day, now):
        by_person[due.person.pk].append(due)
    people, sent = sorted(by_person), 0
    for start in range(0, len(people), BATCH):
        batch = {person: by_person[person] for person in people[start : start + BATCH]}
        written = _send_batch(batch, day, now)
        if written is None:
            return sent
        sent += written
    ReminderRun.objects.filter(day=day, finished_at=None).update(finished_at=now)
    return sent


@transaction.atomic
def _send_batch(found: Mapping[int, Sequence[Due]], day: date, now: datetime) -> int | None:
    """None: the day is over for this run, since it was finished or held back meanwhile."""
    runs = ReminderRun.objects.select_for_update() if TAKE_TURNS else ReminderRun.objects
    run = runs.get(day=day)
    if run.finished_at is not None or is_held_back(day):
        return None
    # One mail a day: what a mail server has kept waiting since an earlier day is part of today's.
    waiting = take_back(Q(recipient__in=list(found), written_at__lt=start_of(day)))
    still = _still_due(found, waiting, day, now)
    letters = [
        Letter(
            TEMPLATE,
            to=dues[0].person,
            context=mail_context(dues, day),
            about=f"user:{person}",
            once=f"reminders:{person}:{day}",
        )
        for person, dues in still.items()
    ]
    rows: list[Reminder] = []
    emails = write_many(letters, now=now)
    for dues, email in zip(still.values(), emails, strict=True):
        if email is not None:
            rows += _rows(dues, email, now)
    Reminder.objects.bulk_create(rows)
    written = sum(email is not None for email in emails)
    run.mails += written
    run.save(update_fields=["mails"])
    return written


def _still_due(
    found: Mapping[int, Sequence[Due]], waiting: Collection[Reminder], day: date, now: datetime
) -> dict[int, list[Due]]:
    """Asked again: what of this is due at this moment, to open accounts."""
    courses = {due.course for dues in found.values() for due in dues} | {row.course for row in waiting}
    milestones, subjects = {course[0] for course in courses}, {course[1] for course in courses}
    again = select(day, now, milestones=milestones, subjects=subjects)
    is_open = set(User.objects.filter(pk__in=list(found), is_active=True).values_list("pk", flat=True))
    still: dict[int, list[Due]] = defaultdict(list)
    for due in again:
        if due.person.pk in is_open and due.course in courses:
            still[due.person.pk].append(due)
    return still


def take_back(mails: Q) -> list[Reminder]:
    """Written mails that no worker has claimed yet don't go, and their reminders are as if never written.

    A run afterwards finds what is due then. Returns the reminders. For the caller's transaction.
    """
    waiting = Email.objects.filter(mails, template=TEMPLATE, state=Email.State.WAITING)
    ids = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not ids:
        return []
    rows = list(Reminder.objects.filter(email__in=ids))
    Reminder.objects.filter(email__in=ids).delete()
    Email.objects.filter(pk__in=ids).update(state=Email.State.DROPPED, once=None)
    return rows


def mail_context(dues: Iterable[Due], day: date) -> dict[str, object]:
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


def still_wanted(email: Email, now: datetime) -> bool:
    """Asked when the mail is sent, maybe hours after it was written: is any step in it still owed?

    Steps done meanwhile are taken out of its text, and the days are counted anew on a later day.
    """
    rows = list(
        Reminder.objects.filter(email=email, state=Reminder.State.SENT).select_related(
            "milestone__round", "person"
        )
    )
    left = list(_left(rows, now))
    done = [row.pk for row in rows if row.course not in {due.course for due in left}]
    if done:
        Reminder.objects.filter(pk__in=done).update(state=Reminder.State.DROPPED)
    day = london_day(now)
    if left and (done or day != london_day(email.written_at)):
        composed = compose(TEMPLATE, {**mail_context(left, day), "person": left[0].person})
        email.subject, email.text, email.html = composed.subject, composed.text, composed.html
        email.save(update_fields=["subject", "text", "html"])
    return bool(left)


def _left(rows: Collection[Reminder], now: datetime) -> Iterator[Due]:
    rules = standing_rules()
    for milestone in {row.milestone for row in rows}:
        of_it = [row for row in rows if row.milestone_id == milestone.pk]
        if milestone.round.status != Round.Status.OPEN:
            continue
        held = rules_of(rules, milestone)
        asked = {
            (one.subject, one.due_on, person.pk): one
            for one in ask(milestone, now, {row.subject for row in of_it})
            for person in (*one.recipients, *one.copied)
        }
        for row in of_it:
            one = asked.get((row.subject, row.due_on, row.person_id))
            if one is not None and row.person.is_active:
                text = next((rule.text for rule in held if rule.offset == row.offset), "")
                yield Due(milestone, one, row.person, row.offset, row.is_copy, text=text)
