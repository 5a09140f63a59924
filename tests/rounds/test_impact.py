"""What other dates would change is what they then change: told before, compared after."""

from datetime import UTC, date, datetime, timedelta

import pytest

from messaging.models import Email
from psqm_portal.core.machine import Refused
from rounds.domain import change, impact
from rounds.domain.reminders import send_reminders
from rounds.models import Milestone, Reminder, Round
from rounds.pages.preview import Preview
from submissions.models import Extension
from tests import factories as make

pytestmark = pytest.mark.django_db

# The plan of the factory's round is due on Monday 30 November 2026.
DUE = date(2026, 11, 30)
A_WEEK_BEFORE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class World:
    """Three schools of one hub that owe the plan; the third has a date of its own."""

    def __init__(self) -> None:
        self.cycle: Round = make.round_()
        self.hub = make.hub()
        make.hub_member(self.hub)
        self.schools = [make.submission(cycle=self.cycle, in_hub=self.hub) for _ in range(3)]
        self.leaders = [make.member(one.school) for one in self.schools]
        self.plan: Milestone = self.cycle.milestones.get(step="action_plan", audience="school")
        assert self.plan.due_on == DUE
        Extension.objects.create(
            submission=self.schools[2], step="action_plan", until=date(2026, 12, 18), reason="Flood",
            granted_at=make.NOW,
        )  # fmt: skip
        # The audit and the level are done, so that only the plan is owed.
        level = self.cycle.framework.levels.first()
        for one in self.schools:
            one.target_level = level
            one.save()

    def look(self, due_on: date, *, now: datetime = A_WEEK_BEFORE) -> impact.Impact:
        (found,) = impact.of_dates(self.cycle, {self.plan.pk: (self.plan.opens_on, due_on)}, now=now)
        return found


@pytest.fixture
def world() -> World:
    return World()


def _went_on(day: datetime) -> set[tuple[str, int, str]]:
    rows = Reminder.objects.filter(made_at=day, is_copy=False)
    return {(one.person.email, one.offset, one.state) for one in rows.select_related("person")}


def test_a_later_date_starts_reminders_anew_and_leaves_own_dates(world):
    send_reminders(A_WEEK_BEFORE)
    assert Reminder.objects.filter(state="sent", due_on=DUE, is_copy=False).count() == 2
    found = world.look(DUE + timedelta(days=7))
    assert {one.title for one in found.moving} == {one.school.name for one in world.schools[:2]}
    assert [(one.title, one.due_on) for one in found.staying] == [
        (world.schools[2].school.name, date(2026, 12, 18))
    ]
    assert (found.people, found.anew) == (2, 4)  # two leaders, and the hub leader's copy of each
    days = {mail.offset: (mail.was, mail.now, mail.went) for mail in found.mails}
    assert days[-7] == (date(2026, 11, 23), date(2026, 11, 30), 4)
    assert days[-1] == (date(2026, 11, 29), date(2026, 12, 6), 0)
    assert set(days) == {-28, -14, -7, -1, 0, 3, 10}


def test_looking_writes_nothing(world):
    before = (list(Milestone.objects.values()), Email.objects.count(), Reminder.objects.count())
    world.look(DUE + timedelta(days=7))
    assert (list(Milestone.objects.values()), Email.objects.count(), Reminder.objects.count()) == before


def test_what_was_told_of_the_next_reminders_is_what_goes(world):
    """Moved four weeks nearer, a day has come by: those two get one more, the extended school doesn't."""
    send_reminders(A_WEEK_BEFORE)
    sooner = DUE - timedelta(days=5)
    found = world.look(sooner)
    tomorrow = A_WEEK_BEFORE + timedelta(days=1)
    change.change_dates(world.cycle, {world.plan.pk: (world.plan.opens_on, sooner)}, by=None, now=tomorrow)
    send_reminders(tomorrow)
    went = {person for person, _, state in _went_on(tomorrow) if state == "sent"}
    assert went == {leader.email for leader in world.leaders[:2]}
    # The hub leader's copies are no step of theirs, but they are people who get a mail.
    assert found.at_once == len(went) + 1


def test_who_is_spared_a_reminder_is_told(world):
    """A week before, two and the hub leader would hear; moved three weeks on, no day has come for them."""
    Reminder.objects.all().delete()
    for offset in (-28, -14):
        for leader, one in zip(world.leaders, world.schools, strict=True):
            Reminder.objects.create(
                milestone=world.plan, subject=one.key, person=leader, due_on=DUE, offset=offset,
                state="sent", made_at=make.NOW,
            )  # fmt: skip
    found = world.look(DUE + timedelta(days=40))
    assert (found.at_once, found.spared) == (0, 2)


def test_the_opening_day_alone_moves_no_mail(world):
    (found,) = impact.of_dates(
        world.cycle, {world.plan.pk: (world.plan.opens_on - timedelta(days=3), DUE)}, now=A_WEEK_BEFORE
    )
    assert (found.mails, found.anew, found.at_once, found.is_due_moved) == ([], 0, 0, False)


def test_the_same_dates_change_nothing(world):
    assert impact.of_dates(world.cycle, {world.plan.pk: (world.plan.opens_on, DUE)}, now=A_WEEK_BEFORE) == []


def test_what_cant_be_is_refused_as_when_saving(world):
    with pytest.raises(change.ImpossibleDates) as refused:
        world.look(date(2027, 8, 1))
    assert [one.key for one in refused.value.problems] == [world.plan.pk] * 2
    with pytest.raises(Refused, match="has passed, and this round is open"):
        world.look(date(2026, 11, 22))


def test_a_later_close_says_who_stays_closed_and_whose_extension_is_shorter(world):
    closed, short = world.schools[0], world.schools[1]
    closed.status = "not_submitted"
    closed.save()
    Extension.objects.create(
        submission=short, step="submit", until=date(2027, 7, 5), reason="Ill", granted_at=make.NOW
    )
    close = world.cycle.milestones.get(step="submit")
    (found,) = impact.of_dates(
        world.cycle, {close.pk: (close.opens_on, date(2027, 7, 12))}, now=A_WEEK_BEFORE
    )
    said = " ".join(effect.sentence for effect in found.effects)
    assert "1 school that didn’t submit in time stays closed" in said
    assert f"{short.school.name}: an extension ends before the new day" in said


def test_the_preview_names_who_has_the_dates(world):
    preview = Preview(world.cycle, [world.look(DUE + timedelta(days=7))])
    (touched,) = preview.touched
    assert (touched.count, len(touched.names)) == ("3 schools", 3)
    (step,) = preview.steps
    assert step.moving_count == "2 schools"
    assert step.due[2] == "7 days later"


@pytest.mark.parametrize("schools", [1, 3, 10])
def test_r24_a_look_costs_the_same_at_any_number_of_schools(django_assert_num_queries, schools):
    cycle, hub = make.round_(), make.hub()
    make.hub_member(hub)
    for _ in range(schools):
        make.member(make.submission(cycle=cycle, in_hub=hub).school)
    plan = cycle.milestones.get(step="action_plan", audience="school")
    with django_assert_num_queries(71):
        impact.of_dates(cycle, {plan.pk: (plan.opens_on, DUE + timedelta(days=7))}, now=A_WEEK_BEFORE)
