"""The reminder engine against the product's section 7, written out as days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from unittest.mock import patch

import pytest

from accounts.models import User
from messaging.domain.delivery import deliver
from messaging.models import Email, Suppression
from psqm_portal.core.clock import LONDON
from psqm_portal.core.registers import Owed
from rounds.domain import reminders, reminders_due
from rounds.domain.reminders import send_reminders, still_wanted
from rounds.domain.reminders_ahead import ahead
from rounds.domain.reminders_due import select
from rounds.domain.reminders_late import late, overdue
from rounds.models import (
    Audience,
    Milestone,
    NoSendDay,
    Reminder,
    ReminderRule,
    ReminderRun,
    Round,
    Step,
)
from tests import factories

DUE = date(2026, 11, 30)
LONG_AGO = date(2026, 1, 1)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON).astimezone(UTC)


def on(text: str, hour: int = 9) -> datetime:
    return at(date.fromisoformat(text), hour)


class Desk:
    """A round with one milestone, and a list of what is owed at it that a test changes as it likes."""

    def __init__(self) -> None:
        self.round = factories.round_()
        self.round.milestones.all().delete()
        self.milestone = self.add(Step.ACTION_PLAN, Audience.SCHOOL, DUE)
        self.leader, self.hub_leader = factories.user("Sam Leader"), factories.user("Hema Hub")
        self.owed: dict[Milestone, list[Owed]] = {self.milestone: [self.one()]}

    def add(self, step: Step, audience: Audience, due_on: date) -> Milestone:
        return Milestone.objects.create(
            round=self.round,
            step=step,
            audience=audience,
            label=step.label,
            opens_on=due_on - timedelta(days=29),
            due_on=due_on,
        )

    def one(self, **fields) -> Owed:
        return Owed(
            **{
                "subject": "submission:1",
                "title": "Ash School",
                "what": "complete your action plan and send it",
                "url": "/submissions/1/action-plan/",
                "due_on": DUE,
                "since": LONG_AGO,
                "recipients": (self.leader,),
                "copied": (self.hub_leader,),
                **fields,
            }
        )

    @property
    def duties(self):
        def asks(milestone, now, user, *, subjects=None):
            owed = self.owed.get(milestone, [])
            return [one for one in owed if subjects is None or one.subject in subjects]

        return {(step, audience): asks for step in Step for audience in Audience}


@pytest.fixture
def desk(db, monkeypatch):
    made = Desk()
    monkeypatch.setattr(reminders_due, "duties", made.duties)
    return made


def run_daily(first: str, last: str, *, but: Iterable[str] = ()) -> None:
    day, missed = date.fromisoformat(first), {date.fromisoformat(text) for text in but}
    while day <= date.fromisoformat(last):
        if day not in missed:
            run(at(day))
        day += timedelta(days=1)


def run(now: datetime) -> int:
    """The day's run, and its mails go."""
    written = send_reminders(now)
    Email.objects.filter(state="waiting").update(state="sent", sent_at=now)
    return written


def went(person: User, state: str = "sent") -> list[tuple[str, int]]:
    """(day, offset) of everything that went to a person (or was skipped)."""
    rows = Reminder.objects.filter(person=person, state=state).order_by("made_at", "offset")
    return [(row.made_at.astimezone(LONDON).date().isoformat(), row.offset) for row in rows]


def mails(person: User) -> list[Email]:
    return list(Email.objects.filter(recipient=person).order_by("written_at"))


def test_a_step_that_is_never_done_is_reminded_of_seven_times(desk):
    run_daily("2026-10-01", "2027-01-31")
    days = [
        ("2026-11-02", -28),
        ("2026-11-16", -14),
        ("2026-11-23", -7),
        ("2026-11-29", -1),
        ("2026-11-30", 0),
        ("2026-12-03", 3),
        ("2026-12-10", 10),
    ]
    assert went(desk.leader) == days
    assert went(desk.hub_leader) == days
    assert {row.is_copy for row in Reminder.objects.filter(person=desk.hub_leader)} == {True}
    assert len(mails(desk.leader)) == len(mails(desk.hub_leader)) == 7


def test_no_reminder_goes_once_the_step_is_done(desk):
    run_daily("2026-10-01", "2026-11-20")
    desk.owed.clear()
    run_daily("2026-11-21", "2027-01-31")
    assert went(desk.leader) == [("2026-11-02", -28), ("2026-11-16", -14)]


def test_missed_days_send_only_the_newest_and_record_the_others_as_skipped(desk):
    run_daily("2026-11-01", "2026-12-02", but=[f"2026-11-{day}" for day in range(10, 31)])
    assert went(desk.leader) == [("2026-11-02", -28), ("2026-12-01", 0)]
    assert went(desk.leader, "skipped") == [("2026-12-01", -14), ("2026-12-01", -7), ("2026-12-01", -1)]


def test_a_moved_date_starts_anew(desk):
    run_daily("2026-11-01", "2026-11-24")
    assert [offset for _, offset in went(desk.leader)] == [-28, -14, -7]
    desk.owed[desk.milestone] = [desk.one(due_on=date(2026, 12, 31))]
    run_daily("2026-11-25", "2026-12-18")
    assert went(desk.leader)[3:] == [("2026-12-03", -28), ("2026-12-17", -14)]


def test_none_goes_for_an_offset_that_passed_before_the_enrolment(desk):
    desk.owed[desk.milestone] = [desk.one(since=date(2026, 11, 17))]
    run_daily("2026-11-17", "2026-11-30")
    assert went(desk.leader) == [("2026-11-23", -7), ("2026-11-29", -1), ("2026-11-30", 0)]
    assert went(desk.leader, "skipped") == []


def test_an_offset_on_the_day_of_the_enrolment_goes(desk):
    desk.owed[desk.milestone] = [desk.one(since=date(2026, 11, 16))]
    run_daily("2026-11-16", "2026-11-16")
    assert went(desk.leader) == [("2026-11-16", -14)]


def test_one_mail_a_day_holds_all_that_is_due(desk):
    other = desk.add(Step.SESSION_2, Audience.SCHOOL, DUE)
    more = desk.one(
        what="come to session 2", subject="submission:2", title="Birch School", url="/submissions/2/"
    )
    desk.owed[other] = [more]
    run_daily("2026-11-02", "2026-11-02")
    (mail,) = mails(desk.leader)
    assert mail.subject == "Ash School: complete your action plan and send it, and 1 more (in 28 days)"
    assert mail.once == f"reminders:{desk.leader.pk}:2026-11-02"
    for words in (
        "Hello Sam,",
        "- complete your action plan and send it, Ash School",
        "- come to session 2, Birch School",
        "Due Monday 30 November 2026 (in 28 days).",
        "http://localhost/submissions/1/action-plan/",
        "http://localhost/submissions/2/",
    ):
        assert words in mail.text
    (copy,) = mails(desk.hub_leader)
    assert "Ash School still needs to complete your action plan" in copy.subject
    assert "these schools in your hub have had a reminder too" in copy.text
    assert Reminder.objects.count() == 4


def test_late_steps_say_how_late(desk):
    run_daily("2026-12-03", "2026-12-03")
    (mail,) = mails(desk.leader)
    assert mail.subject == "Ash School: complete your action plan and send it (3 days late)"


def test_the_hub_leader_is_copied_only_where_the_rule_says_so(desk):
    ReminderRule.objects.filter(audience="school").exclude(offset__in=[3, 10]).update(copies_hub_leader=False)
    run_daily("2026-11-01", "2026-12-31")
    assert went(desk.hub_leader) == [("2026-12-03", 3), ("2026-12-10", 10)]
    assert len(went(desk.leader)) == 7


def test_somebody_who_owes_a_step_isnt_copied_on_it_too(desk):
    desk.owed[desk.milestone] = [desk.one(recipients=(desk.leader,), copied=(desk.leader,))]
    run_daily("2026-11-02", "2026-11-02")
    assert [row.is_copy for row in Reminder.objects.all()] == [False]


def test_a_steps_own_rules_replace_its_audiences(desk):
    ReminderRule.objects.create(audience="school", step="action_plan", offset=-2)
    ReminderRule.objects.create(audience="school", step="action_plan", offset=5, is_on=False)
    run_daily("2026-11-01", "2026-12-31")
    assert went(desk.leader) == [("2026-11-28", -2)]
    assert went(desk.hub_leader) == []


def test_running_twice_sends_once(desk):
    assert send_reminders(on("2026-11-02")) == 2
    assert send_reminders(on("2026-11-02")) == 0
    ReminderRun.objects.all().delete()  # as if the worker had died before its last line
    assert send_reminders(on("2026-11-02", hour=10)) == 0
    assert Reminder.objects.count() == Email.objects.count() == 2


def test_a_run_that_was_cut_short_is_finished_by_the_next(desk):
    others = [factories.user() for _ in range(3)]
    desk.owed[desk.milestone] = [
        desk.one(subject=f"submission:{person.pk}", recipients=(person,), copied=()) for person in others
    ]
    real = reminders._send_batch
    with patch.object(reminders, "BATCH", 1):
        calls = iter([real, real, None])

        def dies_in_the_third(*args):
            return next(calls)(*args)

        with patch.object(reminders, "_send_batch", dies_in_the_third), pytest.raises(TypeError):
            send_reminders(on("2026-11-02"))
        assert Email.objects.count() == 2
        assert send_reminders(on("2026-11-02", hour=8)) == 1
    assert {email.recipient_id for email in Email.objects.all()} == {person.pk for person in others}


def test_nothing_goes_before_seven_in_the_morning(desk):
    assert send_reminders(at(date(2026, 11, 2), 6, 59)) == 0
    assert send_reminders(at(date(2026, 11, 2), 7, 0)) == 2


def test_a_no_send_day_waits_for_the_next_day(desk):
    NoSendDay.objects.create(day=date(2026, 11, 2), why="Half term")
    NoSendDay.objects.create(day=date(2026, 11, 3), why="Half term")
    run_daily("2026-11-01", "2026-11-30")
    assert went(desk.leader)[:2] == [("2026-11-04", -28), ("2026-11-16", -14)]


def test_r05_the_days_of_a_clock_change_are_days_like_others(desk):
    """25 October 2026 has 25 hours, 28 March 2027 has 23; both folds of 1.30 am are before seven."""
    desk.owed[desk.milestone] = [desk.one(due_on=date(2026, 10, 25))]
    assert send_reminders(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == 0
    assert send_reminders(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == 0
    assert send_reminders(datetime(2026, 10, 25, 6, 30, tzinfo=UTC)) == 0  # 6.30 am: summer time has ended
    assert run(datetime(2026, 10, 25, 7, 0, tzinfo=UTC)) == 2
    assert send_reminders(datetime(2026, 10, 25, 23, 30, tzinfo=UTC)) == 0
    desk.owed[desk.milestone] = [desk.one(due_on=date(2027, 3, 28))]
    assert send_reminders(datetime(2027, 3, 28, 6, 0, tzinfo=UTC)) == 2  # 7 am: summer time has begun
    assert [offset for _, offset in went(desk.leader)] == [0, 0]


@pytest.mark.parametrize("status", ["planned", "closed", "archived"])
def test_only_open_rounds_remind(desk, status):
    Round.objects.update(status=status)
    run_daily("2026-11-02", "2026-12-31")
    assert not Email.objects.exists()


def test_a_closed_account_gets_nothing(desk):
    User.objects.filter(pk=desk.leader.pk).update(is_active=False)
    run_daily("2026-11-02", "2026-11-02")
    assert went(desk.leader) == []
    assert len(went(desk.hub_leader)) == 1


def test_a_mail_of_the_day_that_went_already_makes_the_rest_wait(desk):
    run_daily("2026-11-02", "2026-11-02")
    second = desk.add(Step.SESSION_2, Audience.SCHOOL, DUE)
    desk.owed[second] = [desk.one(what="come to session 2")]
    ReminderRun.objects.all().delete()
    assert send_reminders(on("2026-11-02", hour=11)) == 0
    assert send_reminders(on("2026-11-03")) == 2
    assert went(desk.leader) == [("2026-11-02", -28), ("2026-11-03", -28)]


def test_a_mail_that_a_server_kept_waiting_becomes_part_of_the_next(desk):
    """One mail a day: the older one doesn't go beside it, and nothing of it is lost."""
    other = desk.add(Step.SESSION_2, Audience.SCHOOL, date(2026, 12, 1))
    desk.owed[other] = [desk.one(what="come to session 2", due_on=date(2026, 12, 1))]
    send_reminders(on("2026-11-02"))
    send_reminders(on("2026-11-03"))
    first, second = mails(desk.leader)
    assert (first.state, second.state) == ("dropped", "waiting")
    assert second.subject.endswith("send it, and 1 more (in 27 days)")
    assert went(desk.leader) == [("2026-11-03", -28), ("2026-11-03", -28)]


def test_a_mail_that_went_late_counts_for_the_day_it_went(desk):
    send_reminders(on("2026-11-02"))
    Email.objects.update(state="sent", sent_at=at(date(2026, 11, 16), 6))
    Email.objects.update(written_at=at(date(2026, 11, 15), 9))
    assert send_reminders(on("2026-11-16")) == 0
    assert send_reminders(on("2026-11-17")) == 2
    assert went(desk.leader)[1:] == [("2026-11-17", -14)]


def test_a_mail_that_goes_on_a_later_day_counts_the_days_anew(desk, mailoutbox):
    send_reminders(on("2026-11-02"))
    (mail,) = mails(desk.leader)
    assert deliver(mail.pk, now=on("2026-11-03", hour=6))
    assert mailoutbox[0].subject.endswith("(in 27 days)")


def test_nothing_is_used_up_for_an_address_that_mail_comes_back_from(desk):
    barred = Suppression.objects.create(address=desk.leader.email, why="bounce", since=on("2026-11-01"))
    run_daily("2026-11-02", "2026-11-20")
    assert went(desk.leader) == []
    barred.lifted_at, barred.lifted_by = on("2026-11-21"), desk.hub_leader
    barred.save()
    run_daily("2026-11-21", "2026-11-21")
    assert went(desk.leader) == [("2026-11-21", -14)]


def test_s24_the_rules_sentence_stands_under_the_step_as_it_was_typed(desk):
    typed = "Ask {first_name} or {{ person.password }}: [here](http://localhost/x)"
    ReminderRule.objects.filter(audience="school", offset=-28).update(text=typed)
    run_daily("2026-11-02", "2026-11-02")
    (mail,) = mails(desk.leader)
    assert f"\n  {typed}\n" in mail.text
    assert mail.html.count("<a ") == 2  # the step's page and the home page


def test_what_is_done_before_sending_goes_out_of_the_mail(desk, mailoutbox):
    other = desk.add(Step.SESSION_2, Audience.SCHOOL, DUE)
    desk.owed[other] = [desk.one(what="come to session 2", copied=())]
    send_reminders(on("2026-11-02"))
    (mail,) = mails(desk.leader)
    del desk.owed[desk.milestone]
    assert deliver(mail.pk, now=on("2026-11-02", hour=12))
    assert [message.subject for message in mailoutbox] == ["Ash School: come to session 2 (in 28 days)"]
    assert "action plan" not in mailoutbox[0].body
    assert went(desk.leader, "dropped") == [("2026-11-02", -28)]
    (copy,) = mails(desk.hub_leader)
    assert not deliver(copy.pk, now=on("2026-11-02", hour=12))
    copy.refresh_from_db()
    assert (copy.state, copy.sent_at, len(mailoutbox)) == ("dropped", None, 1)


def test_a_reminder_of_a_round_that_closed_isnt_wanted(desk):
    run_daily("2026-11-02", "2026-11-02")
    (mail,) = mails(desk.leader)
    assert still_wanted(mail, on("2026-11-02"))
    Round.objects.update(status="closed")
    assert not still_wanted(mail, on("2026-11-02"))


def test_after_the_last_reminder_it_is_with_hq(desk):
    assert [row.with_hq for row in late(on("2026-12-01"))] == [False]
    assert overdue(on("2026-12-10")) == []
    (row,) = overdue(on("2026-12-11"))
    assert (row.milestone, row.owed.title) == (desk.milestone, "Ash School")
    assert late(on("2026-11-30")) == []
    assert late(on("2026-12-11"), factories.round_()) == []


def test_hq_can_look_ahead(desk):
    run_daily("2026-11-02", "2026-11-03")
    found = [(day.isoformat(), due.offset, due.person) for day, due in ahead(on("2026-11-03"))]
    assert found == [("2026-11-16", -14, desk.hub_leader), ("2026-11-16", -14, desk.leader)]


@pytest.mark.parametrize("schools", [1, 3, 10])
def test_r24_choosing_costs_five_queries_besides_the_duties(desk, django_assert_num_queries, schools):
    """Milestones, rules, what went, who can't be reached, who had a mail; duties' own are asserted there."""
    desk.owed[desk.milestone] = [
        desk.one(subject=f"submission:{number}", recipients=(factories.user(),), copied=())
        for number in range(schools)
    ]
    with django_assert_num_queries(5):
        assert len(select(date(2026, 11, 2), on("2026-11-02"))) == schools
