"""The checklist says what an oracle in plain Python says, which goes through made-up worlds row by row."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.urls import reverse
from django.utils import timezone

from awards.models import Review, Standing
from hubs.domain.commitments import bound_leaders
from hubs.models import (
    Attendance,
    HubMembership,
    LeaderCommitment,
    LeaderMeeting,
    MeetingReply,
    MentoringEntry,
    Prospect,
    Substitution,
    TrainingSession,
)
from hubs.pages.checklist import led, lines_of, named, own_lines, school_year
from psqm_portal.core.clock import london_day
from psqm_portal.core.roles import Role
from rounds.models import Milestone
from submissions.models import Case, Extension, Part, PartVersion, Submission
from tests import factories
from tests.factories import NOW

# In the recruiting time, at each season of the working year, after everything.
DAYS = [date(2026, 7, 10), date(2026, 10, 15), date(2026, 12, 10), date(2027, 7, 15), date(2027, 9, 10)]
STATUSES = ["enrolled", "enrolled", "with_hub", "signed_off", "submitted", "not_submitted"]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_default_timezone())


class Tale:
    """A small world in which everything that a line looks at has happened, or not, by chance."""

    def __init__(self, world, seed: int) -> None:
        self.world, self.random = world, Random(seed)  # noqa: S311 - the same worlds each time
        self.now = at(self.random.choice(DAYS))
        self.today = london_day(self.now)
        self.levels = list(world.round.framework.levels.all())
        member = HubMembership.objects.get(user=world.leader)
        member.started_at, member.agreed_reviews = at(date(2025, 11, 1)), self.random.choice([1, 2, 4])
        member.save()
        world.hub_round.training = self.random.choice(["days", "sessions", "online"])
        world.hub_round.save()
        for _ in range(self.random.randrange(6)):
            self.school()
        self.training()
        self.own()
        self.reviews()
        for person in (world.leader, world.mentor):
            if self.chance():
                self.case(person)
        if self.chance():
            self.prospect()

    def chance(self, part: float = 0.5) -> bool:
        return self.random.random() < part

    def day(self, before: int, after: int = 0) -> date:
        return self.today + timedelta(days=self.random.randrange(-before, after + 1))

    def school(self) -> None:
        status = self.random.choice(STATUSES)
        more = {}
        if status == "enrolled":
            more["proposed_level"] = self.random.choice([None, self.levels[0]])
            more["target_level"] = self.random.choice([None, self.levels[1]])
        made = self.world.enrol(status=status, **more)
        Submission.objects.filter(pk=made.pk).update(enrolled_at=at(self.day(120)))
        if self.chance(0.2):
            factories.member(made.school, Role.HEADTEACHER, self.world.leader)
        for kind in ("action_plan", "core_document", "core_document"):
            self.part(made, kind)
        if self.chance(0.3):
            Extension.objects.create(
                submission=made, step=self.random.choice(["audit", "action_plan", "submit"]),
                until=self.day(20, 60), reason="x", granted_at=NOW,
            )  # fmt: skip
        for person in (self.world.leader, self.world.mentor):
            if self.chance(0.3):
                MentoringEntry.objects.create(
                    hub_round=self.world.hub_round, school=made.school, by=person, held_on=self.day(30),
                    minutes=self.random.randrange(10, 200), how="phone", written_at=NOW,
                )  # fmt: skip

    def part(self, made, kind: str) -> None:
        number = made.parts.count()
        document = made.round.framework.core_documents.all()[number] if kind == "core_document" else None
        part = Part.objects.create(
            submission=made, kind=kind, core_document=document, title=kind, position=number,
            code=f"{kind}-{number}".replace("_", "-"),
        )  # fmt: skip
        status = self.random.choice(["draft", "sent", "returned", "signed_off"])
        version = PartVersion.objects.create(
            part=part, number=1, content={}, digest="x" * 64, started_at=NOW, saved_at=NOW
        )
        part.status, part.sent_at = status, None if status == "draft" else at(self.day(30))
        part.signed_version = version if status == "signed_off" else None
        part.save()

    def training(self) -> None:
        schools = [seat.submission.school for seat in self.world.hub_round.seats.exclude(submission=None)]
        for step in ("training_1", "session_2", "session_3", "training_2"):
            if not self.chance(0.7):
                continue
            off = NOW if self.chance(0.15) else None
            session = TrainingSession.objects.create(
                hub_round=self.world.hub_round, step=step, held_on=self.day(60, 60), called_off_at=off
            )
            if schools and session.held_on <= self.today and self.chance(0.7) and not off:
                Attendance.objects.create(session=session, school=schools[0])

    def own(self) -> None:
        leader = self.world.leader
        for kind in ("initial", "development", "development", "development", "conference"):
            off = NOW if self.chance(0.1) else None
            meeting = LeaderMeeting.objects.create(
                kind=kind, title=kind, held_on=self.day(300, 200), called_off_at=off
            )
            if self.chance(0.7):
                came = self.random.choice([True, False, None]) if meeting.held_on <= self.today else None
                MeetingReply.objects.create(
                    meeting=meeting, user=leader, name="x", answer="coming", replied_at=NOW, came=came
                )
        if self.chance(0.7):
            until = self.today + timedelta(days=self.random.choice([-10, 1, 30, 60, 61, 300]))
            LeaderCommitment.objects.create(
                user=leader, from_day=until - timedelta(days=365), until=until, points=[], signed_name="x",
                signed_at=NOW,
            )  # fmt: skip
        if self.chance(0.2):
            Substitution.objects.create(
                hub=self.world.hub, leader=self.world.mentor, substitute=leader, first_day=self.today,
                last_day=self.today, reason="x", made_at=NOW, began_at=NOW,
            )  # fmt: skip

    def reviews(self) -> None:
        for _ in range(self.random.randrange(4)):
            made = factories.submission(
                cycle=self.world.round, in_hub=self.world.other, status="in_review", parts=False
            )
            standing = Standing.objects.create(user=self.world.leader, submission=made, kind="reviewer")
            status = self.random.choice(["assigned", "completed", "declined", "void"])
            done = {"completed_at": NOW, "recommendation": "level"} if status == "completed" else {}
            Review.objects.create(standing=standing, cycle=1, status=status, assigned_at=NOW, **done)

    def case(self, person) -> None:
        Case.objects.create(
            kind="issue", hub=self.world.hub, title="x", text="x", raised_by=person, raised_at=NOW,
            due_on=self.today,
        )  # fmt: skip

    def prospect(self) -> None:
        Prospect.objects.create(
            hub=self.world.hub, round=self.world.round, school=factories.school(),
            picked_by=self.world.leader, picked_at=NOW,
        )  # fmt: skip


class Oracle:
    """Row by row, as somebody would with the lists in front of them: duty → (state, done, of)."""

    def __init__(self, tale: Tale) -> None:
        self.tale, self.today = tale, tale.today
        world = tale.world
        self.leader, self.hub_round = world.leader, world.hub_round
        self.hub_round.refresh_from_db()
        placed = [s for s in Submission.objects.filter(hub=world.hub) if s.seat_id]
        self.placed = placed
        own = {m.school_id for m in self.leader.school_memberships.all()}
        self.schools = [s for s in placed if s.school_id not in own]
        self.work = [s for s in self.schools if s.status not in {"withdrawn", "deferred", "not_submitted"}]

    def step(self, step: str, audience: str = "hub_leader"):
        return Milestone.objects.filter(round=self.hub_round.round, step=step, audience=audience).first()

    def own_date(self, one: Submission, step: str) -> date | None:
        newest = one.extensions.filter(step=step).order_by("-id").first()
        return newest.until if newest else None

    def usual(self, done: bool, due: date | None, opens: date | None) -> str:
        if done:
            return "done"
        if due and due < self.today:
            return "late"
        return "ahead" if opens and opens > self.today else "due"

    def schools_line(self):
        step, taken, places = self.step("recruit"), len(self.placed), self.hub_round.seats.count()
        done = taken == places or (taken > 0 and step.due_on < self.today)
        return self.usual(done, step.due_on, step.opens_on), taken, places

    def training(self):
        steps = {"days": ["training_1", "training_2"], "online": []}.get(
            self.hub_round.training, ["training_1", "session_2", "session_3", "training_2"]
        )
        if not steps:
            return None
        led_, dues = 0, []
        for step in steps:
            session = TrainingSession.objects.filter(
                hub_round=self.hub_round, step=step, called_off_at=None
            ).first()
            if session and session.attendances.exists():
                led_ += 1
            elif session:
                dues.append((session.held_on, date.min))
            else:
                dues.append((self.step(step).due_on, self.step(step).opens_on))
        dues.sort(key=lambda pair: pair[0])
        due, opens = dues[0] if dues else (None, None)
        same = [one for one in dues if one[0] == due]
        if len(same) > 1:
            opens = None  # two on one day: whichever comes first in the year is meant
        days = led_ if self.hub_round.training == "days" else led_ / 2
        return self.usual(not dues, due, opens), days, 2

    def mentoring(self):
        step = self.step("action_plan")
        without = [s for s in self.schools if not MentoringEntry.objects.filter(school=s.school_id).exists()]
        if not self.schools:
            return "ahead", 0, 0
        late = any(
            max(step.due_on, london_day(s.enrolled_at) + timedelta(days=28)) < self.today for s in without
        )
        state = "done" if not without else "late" if late else "due"
        return state, len(self.schools) - len(without), len(self.schools)

    def answers(self, step: str, school_step: str, done: list, waits: list):
        milestone = self.step(step)
        late = False
        for one in waits:
            own = self.own_date(one, school_step)
            due = milestone.due_on if own is None else max(milestone.due_on, own)
            late = late or due < self.today
        if self.work and len(done) == len(self.work) and not waits:
            state = "done"
        elif late:
            state = "late"
        else:
            state = "ahead" if milestone.opens_on > self.today and not waits else "due"
        return state, len(done), len(self.work)

    def plan(self, one: Submission) -> str:
        return one.parts.get(kind="action_plan").status

    def levels(self):
        waits = [s for s in self.work if s.status == "enrolled" and s.proposed_level]
        return self.answers("levels", "audit", [s for s in self.work if s.target_level], waits)

    def plans(self):
        waits = [s for s in self.work if s.status == "enrolled" and self.plan(s) == "sent"]
        done = [s for s in self.work if self.plan(s) == "signed_off"]
        return self.answers("action_plan", "action_plan", done, waits)

    def sign_offs(self):
        waits = [s for s in self.work if s.status == "with_hub"]
        done = [s for s in self.work if s.status not in {"enrolled", "with_hub"}]
        return self.answers("finalise", "submit", done, waits)

    def feedback(self):
        answered, waiting, late = 0, 0, False
        for one in self.work:
            for part in one.parts.exclude(kind="action_plan"):
                if part.status in {"returned", "signed_off"}:
                    answered += 1
                elif part.status == "sent" and one.status in {"enrolled", "with_hub"}:
                    waiting += 1
                    late = late or london_day(part.sent_at) + timedelta(days=14) < self.today
        state = "late" if late else "due" if waiting else "done" if answered else "ahead"
        return state, answered, answered + waiting

    def owes(self, one: Submission, step: str) -> bool:
        enrolled = one.status == "enrolled"
        return {
            "audit": enrolled and not one.target_level and not one.proposed_level,
            "action_plan": enrolled and self.plan(one) in {"draft", "returned"},
            "implement": enrolled and not one.evidence.exists(),
            "send_for_sign_off": enrolled,
            "submit": one.status in {"enrolled", "signed_off"},
        }[step]

    def deadlines(self):
        late = 0
        for one in self.work:
            is_late = False
            for step in ("audit", "action_plan", "implement", "send_for_sign_off", "submit"):
                due = self.own_date(one, step) or self.step(step, "school").due_on
                is_late = is_late or (self.owes(one, step) and due < self.today)
            late += is_late
        return "late" if late else "done" if self.work else "ahead", len(self.work) - late, len(self.work)

    def reviews(self):
        step = self.step("review")
        rows = Review.objects.filter(standing__user=self.leader)
        done, open_ = rows.filter(status="completed").count(), rows.filter(status="assigned").count()
        need = max(self.leader.hub_memberships.get().agreed_reviews, self.hub_round.round.minimum_reviews)
        over = step.due_on < self.today and open_ == 0
        opens = None if open_ else step.opens_on
        return self.usual(over or (done >= need and not open_), step.due_on, opens), done, need

    def issues(self):
        return "as_needed", Case.objects.filter(raised_by=self.leader, status="open").count(), 0

    def attended(self, kind: str, first: date = date.min, last: date = date.max) -> list[date]:
        rows = MeetingReply.objects.filter(user=self.leader, came=True, meeting__kind=kind)
        days = [row.meeting.held_on for row in rows if row.meeting.called_off_at is None]
        return [day for day in days if first <= day <= last]

    def own(self):
        if Substitution.objects.filter(substitute=self.leader).exists():
            return {}
        year = self.today.year if self.today.month >= 9 else self.today.year - 1
        first, last = date(year, 9, 1), date(year + 1, 8, 31)
        had = bool(self.attended("initial"))
        found = {"initial": (self.usual(had, date(2026, 8, 31), None), had, 1)}
        came = self.attended("development", first, last)
        held = [
            one.held_on
            for one in LeaderMeeting.objects.filter(kind="development", called_off_at=None)
            if first <= one.held_on <= last and one.held_on not in came
        ]
        missed = [day for day in held if day < self.today]
        ahead = [day for day in held if day >= self.today]
        late = missed and len(came) + len(ahead) < 2
        found["meetings"] = ("done" if len(came) >= 2 else "late" if late else "due", len(came), 2)
        went = bool(self.attended("conference", first, last))
        found["conference"] = ("done" if went else "recommended", went, 1)
        signed = [one.until for one in self.leader.leader_commitments.all() if one.until > self.today]
        if not signed:
            found["commitment"] = ("late", False, 1)
        else:
            state = "done" if (signed[0] - self.today).days > 60 else "due"
            found["commitment"] = (state, True, 1)
        return found


@pytest.mark.parametrize("seed", range(40))
def test_each_line_is_what_the_oracle_says(world, seed):
    tale = Tale(world, seed)
    oracle = Oracle(tale)
    rows = led([world.hub_round])
    found = {
        line.duty: (str(line.state), line.done, line.of)
        for line in lines_of(rows, tale.now)[world.hub_round.pk]
    }
    wanted = {
        "schools": oracle.schools_line(),
        **({"training": training} if (training := oracle.training()) else {}),
        "levels": oracle.levels(),
        "plans": oracle.plans(),
        "feedback": oracle.feedback(),
        "mentoring": oracle.mentoring(),
        "deadlines": oracle.deadlines(),
        "sign_offs": oracle.sign_offs(),
        "reviews": oracle.reviews(),
        "issues": oracle.issues(),
    }
    assert found == wanted
    assert list(found) == [duty for duty in wanted if duty in found]
    own = own_lines(bound_leaders().filter(user=world.leader), {world.leader.pk: 2}, tale.now)
    mine = own[world.leader.pk].lines if own else []
    assert {line.duty: (str(line.state), line.done, line.of) for line in mine} == oracle.own()


def test_the_school_year_begins_in_september():
    assert school_year(date(2026, 8, 31)) == (date(2025, 9, 1), date(2026, 8, 31))
    assert school_year(date(2026, 9, 1)) == (date(2026, 9, 1), date(2027, 8, 31))


def test_five_names_and_how_many_others():
    assert named(["A", "B"]) == "A and B"
    assert named(list("ABCDEFG")) == "A, B, C, D, E and 2 others"


def test_the_leader_reads_all_lines_a_mentor_the_hubs(world, client):
    world.enrol()
    path = reverse("hub_checklist", args=[world.hub.slug, world.round.slug])
    client.force_login(world.leader)
    page = client.get(path).content.decode()
    for words in (
        "Recruit schools",
        "Review submissions of other hubs",
        "Come to the initial training, once",
    ):
        assert words in page
    client.force_login(world.mentor)
    page = client.get(path).content.decode()
    assert "Recruit schools" in page
    assert "Review submissions" not in page
    assert "initial training" not in page


def test_a_case_that_a_school_raised_is_not_the_leaders_to_know(world):
    made = world.enrol()
    Case.objects.create(
        kind="issue", submission=made, hub=world.hub, title="x", text="x",
        raised_by=factories.member(made.school), raised_at=NOW, due_on=date(2026, 11, 10),
    )  # fmt: skip
    [issues] = [
        line for line in lines_of(led([world.hub_round]), NOW)[world.hub_round.pk] if line.duty == "issues"
    ]
    assert issues.done == 0


def test_a_mentor_reads_nothing_of_a_school_that_they_were_at(world, client):
    world.enrol(place=factories.school(name="Ash"), status="enrolled")
    own = world.enrol(place=factories.school(name="Birch"), status="enrolled")
    factories.member(own.school, Role.SUBJECT_LEADER, world.mentor)
    Milestone.objects.filter(round=world.round).update(opens_on=date(2020, 1, 1), due_on=date(2020, 2, 1))
    Submission.objects.update(enrolled_at=at(date(2020, 1, 1)))
    path = reverse("hub_checklist", args=[world.hub.slug, world.round.slug])
    for person, reads in ((world.leader, True), (world.mentor, False)):
        client.force_login(person)
        page = client.get(path).content.decode()
        assert "Ash" in page
        assert ("Birch" in page) is reads
