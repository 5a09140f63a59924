"""A year of schools that act at random: done to the database, and kept in plain words for the oracle."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from accounts.models import User
from hubs.models import Attendance, HubMembership, HubRound, TrainingSession
from messaging.models import Suppression
from psqm_portal.core.clock import LONDON
from rounds.domain.make import make_round
from rounds.models import Milestone, Round, RoundTemplate
from submissions.domain.versions import keep_version
from submissions.models import Extension, Part, Submission
from tests import factories
from tests.rounds.oracle import Owes

FIRST, LAST = date(2026, 9, 1), date(2027, 8, 31)
BEFORE = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAYS, SESSIONS = ("training_1", "training_2"), ("training_1", "session_2", "session_3", "training_2")
HUBS, SCHOOLS, MISSING = 6, 60, 8  # schools that enrol only in the course of the autumn


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON).astimezone(UTC)


@dataclass
class HubLife:
    row: HubRound
    leader: User
    steps: tuple[str, ...]
    dates: dict[str, date] = field(default_factory=dict)
    registers: set[str] = field(default_factory=set)


@dataclass
class School:
    """What the test knows of one school, in its own words."""

    row: Submission
    hub: HubLife
    people: list[User]
    since: date
    level: str = "none"
    plan: str = "draft"
    has_evidence: bool = False
    status: str = "enrolled"
    came: set[str] = field(default_factory=set)
    later: dict[str, date] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"submission:{self.row.pk}"

    @property
    def name(self) -> str:
        return self.row.school.name


class SchoolYear:
    def __init__(self, template: RoundTemplate, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - the same year each time
        self.round: Round = make_round(template, 2026, by=None, now=BEFORE)
        Round.objects.update(status="open", framework=factories.framework(criteria=1, documents=1))
        self.round.refresh_from_db()
        rows = Milestone.objects.filter(round=self.round)
        self.milestones = {(row.step, row.audience): row for row in rows}
        self.hq = factories.hq()
        self.silent: set[int] = set()
        self.hubs = [self._hub(number) for number in range(HUBS)]
        self.schools: list[School] = []
        self.shared = factories.user()  # leads science in two schools
        for number in range(SCHOOLS - MISSING):
            self.enrol(FIRST - timedelta(days=self.random.randint(1, 60)), number)

    def _hub(self, number: int) -> HubLife:
        hub, steps = factories.hub(), SESSIONS if number % 2 else DAYS
        leader = factories.hub_member(hub)
        HubMembership.objects.update(started_at=BEFORE)
        row = factories.hub_round(hub, self.round)
        training = "sessions" if number % 2 else "days"
        HubRound.objects.filter(pk=row.pk).update(joined_at=BEFORE, training=training)
        return HubLife(row, leader, steps)

    def enrol(self, day: date, number: int) -> None:
        hub = self.hubs[number % HUBS]
        row = factories.submission(cycle=self.round, in_hub=hub.row.hub)
        Submission.objects.filter(pk=row.pk).update(enrolled_at=at(day, 12))
        people = [self.shared if number in {3, 4} else factories.user()]
        people += [factories.user()] if number % 10 == 0 else []
        for person in people:
            factories.member(row.school, person=person)
        self.schools.append(School(row, hub, people, day))

    # What happens

    def night(self, day: date) -> None:
        """Between two mornings: some schools and hub leaders do something."""
        if len(self.schools) < SCHOOLS and self.random.random() < 0.15:
            self.enrol(day, len(self.schools))
        for _ in range(6):
            self.act(self.random.choice(self.schools), day)
        if self.random.random() < 0.12:
            self.set_session(self.random.choice(self.hubs))
        if self.random.random() < 0.04:
            self.silence(self.random.choice(self.schools).people[0], at(day, 6))

    def act(self, school: School, day: date) -> None:
        moves = list(self._moves(school, day))
        if moves:
            getattr(self, self.random.choice(moves))(school, day)

    def _moves(self, school: School, day: date) -> Iterator[str]:
        if any(step not in school.came and on < day for step, on in school.hub.dates.items()):
            yield "come"
        if self.random.random() < 0.1:
            yield "extend"
        if self.random.random() < 0.01:
            yield "withdraw"
        if school.status == "enrolled":
            yield from {"none": ["propose"], "proposed": ["confirm"]}.get(school.level, [])
            yield from {
                "draft": ["send_plan"],
                "sent": ["return_plan", "approve"],
                "returned": ["send_plan"],
            }.get(school.plan, [])
            if not school.has_evidence:
                yield "gather"
            if school.level == "confirmed" and school.plan == "approved" and day > date(2027, 4, 20):
                yield "send"
        elif school.status == "with_hub":
            yield from ("send_back", "sign_off", "sign_off")
        elif school.status == "signed_off":
            yield "submit"

    def propose(self, school: School, _: date) -> None:
        school.level = "proposed"
        self._set(school, proposed_level=self.round.framework.levels.first())

    def confirm(self, school: School, _: date) -> None:
        school.level = "confirmed"
        self._set(school, proposed_level=None, target_level=self.round.framework.levels.first())

    def _plan(self, school: School, status: str) -> None:
        part = Part.objects.get(submission=school.row, kind="action_plan")
        version = keep_version(part, by=None, now=BEFORE) if status == "signed_off" else None
        Part.objects.filter(pk=part.pk).update(status=status, signed_version=version, sent_at=BEFORE)

    def send_plan(self, school: School, _: date) -> None:
        school.plan = "sent"
        self._plan(school, "sent")

    def return_plan(self, school: School, _: date) -> None:
        school.plan = "returned"
        self._plan(school, "returned")

    def approve(self, school: School, _: date) -> None:
        school.plan = "approved"
        self._plan(school, "signed_off")

    def gather(self, school: School, _: date) -> None:
        school.has_evidence = True
        factories.evidence(school.row, by=school.people[0])

    def come(self, school: School, day: date) -> None:
        held = [step for step, on in school.hub.dates.items() if step not in school.came and on < day]
        step = self.random.choice(held)
        session = TrainingSession.objects.get(hub_round=school.hub.row, step=step)
        Attendance.objects.create(session=session, school=school.row.school)
        school.came.add(step)
        school.hub.registers.add(step)

    def set_session(self, hub: HubLife) -> None:
        step = self.random.choice(hub.steps)
        if step in hub.registers:
            return
        due = self.milestones[step, "school"].due_on
        hub.dates[step] = due - timedelta(days=self.random.randint(-5, 25))
        TrainingSession.objects.update_or_create(
            hub_round=hub.row, step=step, defaults={"held_on": hub.dates[step]}
        )

    def extend(self, school: School, day: date) -> None:
        step = self.random.choice(["audit", "action_plan", "implement", "send_for_sign_off", "submit"])
        until = max(day, self.milestones[step, "school"].due_on) + timedelta(days=self.random.randint(1, 40))
        school.later[step] = until
        Extension.objects.create(
            submission=school.row, step=step, until=until, reason="Illness", granted_at=at(day, 12)
        )

    def send(self, school: School, _: date) -> None:
        school.status = "with_hub"
        self._set(school, status="with_hub", sent_for_sign_off_at=BEFORE)

    def send_back(self, school: School, _: date) -> None:
        school.status = "enrolled"
        self._set(school, status="enrolled", sent_for_sign_off_at=None)

    def sign_off(self, school: School, _: date) -> None:
        school.status = "signed_off"
        self._set(school, status="signed_off")

    def submit(self, school: School, _: date) -> None:
        school.status = "submitted"
        self._set(school, status="submitted", submitted_at=BEFORE, cycle=1)

    def withdraw(self, school: School, _: date) -> None:
        school.status = "withdrawn"
        self._set(school, status="withdrawn", seat=None)

    def _set(self, school: School, **values: object) -> None:
        Submission.objects.filter(pk=school.row.pk).update(**values)

    def silence(self, person: User, now: datetime) -> None:
        """An account is closed or opened again, or mail comes back and is lifted."""
        if person.pk in self.silent:
            self.silent.discard(person.pk)
            User.objects.filter(pk=person.pk).update(is_active=True)
            Suppression.objects.filter(address=person.email, lifted_at=None).update(
                lifted_at=now, lifted_by=self.hq
            )
            return
        self.silent.add(person.pk)
        if self.random.random() < 0.5:
            User.objects.filter(pk=person.pk).update(is_active=False)
        else:
            Suppression.objects.create(address=person.email, why="bounce", since=now)

    # What is owed, by the product's sections 2 and 3

    def owed(self) -> Iterator[Owes]:
        for school in self.schools:
            yield from self._of_school(school)
        for hub in self.hubs:
            yield from self._of_hub(hub)
        if any(school.status == "submitted" for school in self.schools):
            row = self.milestones["assign_reviewers", "hq"]
            subject = f"round:{self.round.pk}"
            yield Owes(row.pk, subject, row.due_on, row.opens_on, (self.hq.pk,), title=self.round.name)

    def _of_school(self, school: School) -> Iterator[Owes]:
        for step in self._school_steps(school):
            row = self.milestones[step, "school"]
            due = school.hub.dates.get(step) if step in SESSIONS else school.later.get(step)
            people = tuple(person.pk for person in school.people)
            yield Owes(
                row.pk,
                school.key,
                due or row.due_on,
                school.since,
                people,
                (school.hub.leader.pk,),
                school.name,
            )
        for step in self._leader_steps(school):
            row = self.milestones[step, "hub_leader"]
            answers = {"levels": "audit", "action_plan": "action_plan", "finalise": "submit"}[step]
            due = max(row.due_on, school.later.get(answers, row.due_on))
            yield Owes(row.pk, school.key, due, school.since, (school.hub.leader.pk,), title=school.name)

    def _school_steps(self, school: School) -> Iterator[str]:
        if school.status in {"enrolled", "with_hub", "signed_off"}:
            yield from (step for step in school.hub.steps if step not in school.came)
        if school.status == "enrolled":
            yield from ["audit"] if school.level == "none" else []
            yield from ["action_plan"] if school.plan in {"draft", "returned"} else []
            yield from [] if school.has_evidence else ["implement"]
            yield from ("send_for_sign_off", "submit")
        if school.status == "signed_off":
            yield "submit"

    def _leader_steps(self, school: School) -> Iterator[str]:
        if school.status == "enrolled":
            yield from ["levels"] if school.level == "proposed" else []
            yield from ["action_plan"] if school.plan == "sent" else []
        if school.status == "with_hub":
            yield "finalise"

    def _of_hub(self, hub: HubLife) -> Iterator[Owes]:
        """A hub that has its first school is done with recruiting; each has one here."""
        for step in hub.steps:
            if step not in hub.registers:
                row = self.milestones[step, "hub_leader"]
                yield Owes(
                    row.pk,
                    f"hub:{hub.row.hub_id}",
                    hub.dates.get(step, row.due_on),
                    BEFORE.date(),
                    (hub.leader.pk,),
                    title=hub.row.hub.name,
                )
