"""The engine beside the oracle, over random years: missed days, pauses, free days, moved dates, steps done
and owed again, accounts closed, addresses that mail comes back from, runs cut short and runs doubled.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from messaging.models import Email, Suppression
from psqm_portal.core.clock import LONDON
from rounds.domain import reminders, reminders_due
from rounds.domain import reminders_hq as hq
from rounds.models import Audience, NoSendDay, Reminder, ReminderPause, ReminderRun, Step
from tests import factories
from tests.rounds.oracle import Line, Oracle, Owes
from tests.rounds.test_reminders import DUE, Desk, at, run

EVENTS = (
    "run", "run", "run", "missed", "free", "pause", "resume", "done 0", "done 1", "again 0", "again 1",
    "move 0", "move 2", "close", "open", "bar", "lift", "twice", "cut", "enrol late",
)  # fmt: skip


class Year:
    """What a random year does, to the portal and, in plain words, to the oracle."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.oracle, self.hq = desk, Oracle(), factories.hq()
        self.ben = factories.user("Ben Second")
        session = desk.add(Step.SESSION_2, Audience.SCHOOL, DUE + timedelta(days=9))
        levels = desk.add(Step.LEVELS, Audience.HUB_LEADER, DUE - timedelta(days=5))
        self.milestones = [desk.milestone, session, levels]
        self.due = [DUE, DUE + timedelta(days=9), DUE - timedelta(days=5)]
        self.since = DUE - timedelta(days=60)
        self.done: set[int] = set()
        self.is_paused = self.is_barred = self.is_closed = False

    def steps(self) -> Iterator[tuple[int, dict]]:
        both = (self.desk.leader, self.ben)
        told: list[tuple[tuple[User, ...], tuple[User, ...]]] = [
            ((self.desk.leader,), (self.desk.hub_leader,)),
            (both, (self.desk.hub_leader,)),
            ((self.desk.hub_leader,), ()),
        ]
        for number, (people, copied) in enumerate(told):
            if number not in self.done:
                yield number, {"recipients": people, "copied": copied, "due_on": self.due[number]}

    def tell(self) -> list[Owes]:
        """The same facts for the engine, as duties, and for the oracle."""
        for user in (self.desk.leader, self.desk.hub_leader, self.ben):
            user.refresh_from_db()
        self.desk.owed.clear()
        owed = []
        for number, facts in self.steps():
            milestone, subject = self.milestones[number], f"submission:{number}"
            self.desk.owed[milestone] = [self.desk.one(subject=subject, since=self.since, **facts)]
            people = tuple(user.pk for user in facts["recipients"])
            copied = tuple(user.pk for user in facts["copied"])
            owed.append(Owes(milestone.pk, subject, facts["due_on"], self.since, people, copied))
        return owed

    def happens(self, event: str, day: date) -> None:  # noqa: C901 - an arm for each thing that may happen
        word, _, number = event.partition(" ")
        now = at(day, 6)
        match word:
            case "free":
                hq.keep_free(day, day, "Half term", by=self.hq, now=now)
            case "pause" if not self.is_paused:
                hq.pause(why="A look", by=self.hq, now=now)
                self.is_paused = True
            case "resume" if self.is_paused:
                hq.resume(by=self.hq, now=now)
                self.is_paused = False
            case "done":
                self.done.add(int(number))
            case "again":
                self.done.discard(int(number))
            case "move":
                self.due[int(number)] += timedelta(days=17)
            case "enrol":
                self.since = day - timedelta(days=2)
            case "close" | "open":
                self.is_closed = word == "close"
                User.objects.filter(pk=self.ben.pk).update(is_active=not self.is_closed)
            case "bar" if not self.is_barred:
                Suppression.objects.create(address=self.desk.leader.email, why="bounce", since=now)
                self.is_barred = True
            case "lift" if self.is_barred:
                Suppression.objects.update(lifted_at=now, lifted_by=self.hq)
                Suppression.objects.all().delete()
                self.is_barred = False

    def passes(self, event: str, day: date) -> None:
        self.happens(event, day)
        owed = self.tell()
        if event == "missed":
            return
        silent = {self.ben.pk} if self.is_closed else set()
        silent |= {self.desk.leader.pk} if self.is_barred else set()
        self.oracle.day(day, owed, is_held_back=self.is_paused or event == "free", silent=silent)
        if event == "cut":
            self._cut_short(day)
        run(at(day))
        if event == "twice":
            ReminderRun.objects.filter(day=day).update(finished_at=None)
            run(at(day, 11))

    def _cut_short(self, day: date) -> None:
        """The power goes after the first person's mail."""
        real, calls = reminders._send_batch, []

        def dies(*args):
            calls.append(args)
            if len(calls) > 1:
                raise KeyboardInterrupt
            return real(*args)

        with patch.object(reminders, "BATCH", 1), patch.object(reminders, "_send_batch", dies):
            try:
                run(at(day))
            except KeyboardInterrupt:
                Email.objects.filter(state="waiting").update(state="sent", sent_at=at(day))


def line(row: Reminder) -> Line:
    return Line(row.milestone_id, row.subject, row.person_id, row.due_on, row.offset, row.is_copy)


def by_day(state: str) -> dict[Line, date]:
    rows = Reminder.objects.filter(state=state)
    return {line(row): row.made_at.astimezone(LONDON).date() for row in rows}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from(EVENTS)), min_size=4, max_size=16))
def test_r11_a_random_year_agrees_with_the_oracle(db, year):
    for model in (Reminder, Email, ReminderRun, NoSendDay, ReminderPause, Suppression):
        model.objects.all().delete()
    life = Year(Desk())
    with patch.object(reminders_due, "duties", life.desk.duties):
        day = DUE - timedelta(days=50)
        for gap, event in year:
            day += timedelta(days=gap)
            life.passes(event, day)
    assert by_day("sent") == life.oracle.sent
    assert by_day("skipped") == life.oracle.skipped
    mails = Counter(
        (email.recipient_id, email.written_at.astimezone(LONDON).date()) for email in Email.objects.all()
    )
    assert mails == Counter(dict.fromkeys(life.oracle.mails, 1))


def test_the_oracle_says_what_the_text_says():
    """Its own check: the sentences of the product as a plain year."""
    told, step = Oracle(), Owes(1, "submission:1", DUE, DUE - timedelta(days=90), (7,), (8,))
    day = DUE - timedelta(days=40)
    while day < DUE + timedelta(days=40):
        told.day(day, [step], is_held_back=day == DUE - timedelta(days=7))
        day += timedelta(days=1)
    own = sorted((line.offset, (day - DUE).days) for line, day in told.sent.items() if line.person == 7)
    assert own == [(-28, -28), (-14, -14), (-7, -6), (-1, -1), (0, 0), (3, 3), (10, 10)]
    assert len(told.sent) == 14
    assert told.skipped == {}


@pytest.mark.parametrize(("first", "sent", "skipped"), [(-8, -14, [-28]), (0, 0, [-28, -14, -7, -1])])
def test_the_oracle_skips_what_was_missed(first, sent, skipped):
    told = Oracle()
    told.day(DUE + timedelta(days=first), [Owes(1, "s:1", DUE, DUE - timedelta(days=90), (7,))])
    assert [line.offset for line in told.sent] == [sent]
    assert [line.offset for line in told.skipped] == skipped
