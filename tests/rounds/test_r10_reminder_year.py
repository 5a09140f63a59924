"""A year of a 60-school round, day by day, with real workers that are killed at random (R10, R11).

Schools act at random; the portal's calendar stands where the test says. Afterwards every reminder that the
oracle says was owed was sent once, and no other: in the database and in the mailbox.
"""

import email
import os
import random
import re
import signal
import threading
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from messaging.models import Email
from messaging.tasks import sweep_mail
from psqm_portal.core.clock import LONDON, long_day
from rounds.domain import reminders_hq as hq
from rounds.domain.reminders import send_reminders as write_reminders
from rounds.models import Reminder, ReminderRun
from rounds.tasks import send_reminders
from tests.rounds.oracle import Line, Oracle
from tests.rounds.school_year import FIRST, LAST, SchoolYear, at
from tests.support.worker import Worker, nothing_queued, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgresql,
]

SEED = 2026
KILLED, CHILD_KILLED, STUCK, MISSED, FREE = 6, 24, 12, 10, 8  # days of the year on which it happens
PAUSES = [(date(2026, 10, 19), date(2026, 10, 27)), (date(2027, 6, 10), date(2027, 6, 14))]
BULLET = re.compile(r"^- (.*)\n  Due (\w+ \d+ \w+ \d+) \(", re.MULTILINE)


class Year:
    """The portal's side: its calendar, its worker and what is done to them."""

    def __init__(self, folder: Path, template) -> None:
        self.random = random.Random(SEED)  # noqa: S311 - the same year each time
        self.mailbox, self.clock = folder / "mail", folder / "now"
        self.mailbox.mkdir()
        self.set_clock(at(FIRST, 6))
        self.life = SchoolYear(template, SEED)
        self.oracle = Oracle()
        self.taken_out: set[Line] = set()
        self.kills = 0
        days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
        chosen = iter(self.random.sample(days, KILLED + CHILD_KILLED + STUCK + MISSED + FREE))
        self.what: dict[date, str] = {}
        for word, number in [
            ("killed", KILLED), ("child", CHILD_KILLED), ("stuck", STUCK), ("missed", MISSED), ("free", FREE),
        ]:  # fmt: skip
            self.what |= {next(chosen): word for _ in range(number)}
        self.worker = self._start()

    def _start(self) -> Worker:
        told = {"TEST_NOW_FILE": str(self.clock), "TEST_MAIL": str(self.mailbox)}
        worker = Worker("--include", "tests.support.in_worker", concurrency=2, **told)
        worker.start()
        return worker

    def set_clock(self, now: datetime) -> None:
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(now.isoformat())
        fresh.replace(self.clock)

    def pass_day(self, day: date) -> None:
        self.life.night(day)
        what = self.what.get(day, "")
        for first, last in PAUSES:
            if day == first:
                hq.pause(why="A look", by=self.life.hq, now=at(day, 6))
            elif day == last:
                hq.resume(by=self.life.hq, now=at(day, 6))
        is_held = any(first <= day < last for first, last in PAUSES) or what == "free"
        if what == "free":
            hq.keep_free(day, day, "Half term", by=self.life.hq, now=at(day, 6))
        if what == "missed":
            return
        self.oracle.day(day, list(self.life.owed()), is_held_back=is_held, silent=set(self.life.silent))
        if what == "stuck" and not is_held:
            self._written_and_not_sent(day)
        self._settle(day, is_held=is_held, what=what)

    def _written_and_not_sent(self, day: date) -> None:
        """The worker hangs for hours: what is done meanwhile has to go out of the mails."""
        assert self.worker.process is not None
        os.killpg(self.worker.process.pid, signal.SIGSTOP)
        self.set_clock(at(day, 12))
        write_reminders(at(day, 7, 10))
        lines = [line for line, sent in self.oracle.sent.items() if sent == day]
        about = {line.subject for line in lines}
        for school in self.life.schools:
            if school.key in about:
                for _ in range(3):
                    self.life.act(school, day)
        still = {(one.milestone, one.subject, one.due_on) for one in self.life.owed()}
        self.taken_out |= {line for line in lines if (line.milestone, line.subject, line.due_on) not in still}
        os.killpg(self.worker.process.pid, signal.SIGCONT)

    def _settle(self, day: date, *, is_held: bool, what: str) -> None:
        """Beat asks each hour until the day's mails are written and gone."""
        for hour in range(13 if what == "stuck" else 7, 24):
            self.set_clock(at(day, hour, 10))
            send_reminders.delay()
            if hour > 7:
                sweep_mail.delay()
            if what in {"killed", "child"} and hour == 7:
                self._kill(everything=what == "killed")
            wait_for(nothing_queued, seconds=330, log=self.worker.log)
            if is_held or self._is_done(day):
                return
        raise AssertionError(f"{day} was never done.\n{self.worker.log()[-4000:]}")

    def _kill(self, *, everything: bool) -> None:
        """At any moment of the work: the worker with its pool, or a process of the pool."""
        threading.Event().wait(self.random.random() * 0.5)
        assert self.worker.process is not None
        self.kills += 1
        if everything:
            self.worker.kill()
            self.worker = self._start()
            return
        parent = self.worker.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            os.kill(int(self.random.choice(children)), signal.SIGKILL)

    @staticmethod
    def _is_done(day: date) -> bool:
        unsent = Email.objects.filter(state__in=["waiting", "sending"]).exists()
        return not unsent and ReminderRun.objects.filter(day=day, finished_at__isnull=False).exists()

    def received(self) -> dict[int, list[str]]:
        """The record's number → its texts in the mailbox; the second on repeat the first."""
        found = defaultdict(list)
        messages = (
            email.message_from_bytes(one)
            for path in self.mailbox.iterdir()
            # Mails of one second may share a file, with a line between them.
            for one in path.read_bytes().split(b"-" * 79 + b"\n")
            if one.strip()
        )
        for message in messages:
            text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
            number = int(message["Message-ID"].strip("<").split(".")[0])
            found[number].append(text.get_payload(decode=True).decode())
        return found


def line_of(row: Reminder) -> Line:
    return Line(row.milestone_id, row.subject, row.person_id, row.due_on, row.offset, row.is_copy)


def rows(*states: str) -> dict[Line, date]:
    found = Reminder.objects.filter(state__in=states)
    return {line_of(row): row.made_at.astimezone(LONDON).date() for row in found}


def read(text: str) -> Counter[tuple[str, str]]:
    """(school or hub, due day) of each step in a mail."""
    found: Counter[tuple[str, str]] = Counter()
    for words, due in BULLET.findall(text):
        copied, _, _ = words.partition(" still needs to ")
        found[copied if " still needs to " in words else words.rpartition(", ")[2], due] += 1
    return found


def test_r10_a_year_of_reminders_with_workers_killed_at_random(tmp_path: Path, template) -> None:
    year = Year(tmp_path, template())
    try:
        for number in range((LAST - FIRST).days + 1):
            year.pass_day(FIRST + timedelta(days=number))
    finally:
        year.worker.kill()
    told = year.oracle
    assert year.kills == KILLED + CHILD_KILLED
    assert len(year.life.schools) == 60
    assert (len(told.sent) > 1_000, len(told.skipped) > 50, len(year.taken_out) > 5) == (True, True, True)

    # Every owed reminder once, and no other.
    assert rows("sent", "dropped") == told.sent
    assert rows("skipped") == told.skipped
    assert set(rows("dropped")) == year.taken_out

    # As the mailbox has it: one mail a day for a person, with just these steps.
    names = {one.key: one.name for one in year.life.schools}
    names |= {f"hub:{hub.row.hub_id}": hub.row.hub.name for hub in year.life.hubs}
    names[f"round:{year.life.round.pk}"] = year.life.round.name
    wanted = {}
    for (person, day), lines in told.mails.items():
        left = [line for line in lines if line not in year.taken_out]
        if left:
            wanted[person, day] = Counter((names[line.subject], long_day(line.due_on)) for line in left)
    records = {row.pk: row for row in Email.objects.filter(template="rounds/mail/reminders")}
    got, repeats = {}, 0
    for number, texts in year.received().items():
        record = records[number]
        key = (record.recipient_id, record.written_at.astimezone(LONDON).date())
        assert key not in got
        got[key] = read(texts[0])
        repeats += len(texts) - 1
    assert got == wanted
    assert repeats <= year.kills  # only a worker that died between the server's yes and its note repeats one
