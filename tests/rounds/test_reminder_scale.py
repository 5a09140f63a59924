"""What a day's reminders cost, and that runs at once don't get in each other's way (R11, R24)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from messaging.domain.mail import Letter
from messaging.models import Email
from rounds.domain import reminders
from rounds.domain.reminders import send_reminders, still_wanted
from rounds.models import Reminder, ReminderRun
from tests.factories import NOW
from tests.rounds.many_schools import made
from tests.support.races import at_once


@pytest.mark.postgresql
@pytest.mark.parametrize("schools", [60, 600])
def test_r24_a_days_reminders_cost_the_same_for_60_and_600_schools(db, schools):
    """SQLite takes at most 999 values in a statement, so it is only there that more schools cost more."""
    made(schools)
    with CaptureQueriesContext(connection) as asked:
        assert send_reminders(NOW) == 2 * schools + schools // 10
    assert len(asked) == 56
    assert Reminder.objects.filter(state="sent").count() == 6 * schools
    assert set(Reminder.objects.filter(state="skipped").values_list("offset", flat=True)) == {-28, -14}


@pytest.mark.parametrize("schools", [3, 30])
def test_r24_asking_again_at_sending_costs_the_same_for_any_number_of_schools(db, schools):
    made(schools)
    send_reminders(NOW)
    email = Email.objects.filter(recipient__email="sam1@schools.example").get()
    with CaptureQueriesContext(connection) as asked:
        assert still_wanted(email, NOW)
    assert len(asked) == 10
    assert not any("School 0001" in query["sql"] for query in asked)


@pytest.mark.django_db
def test_r11_a_run_that_comes_late_changes_nothing(db):
    """Reversed: tomorrow's run, then today's."""
    made(3)
    Email.objects.all().delete()
    send_reminders(NOW + timedelta(days=1))
    before = set(Reminder.objects.values_list("pk", "state"))
    assert send_reminders(NOW) == 0
    assert set(Reminder.objects.values_list("pk", "state")) == before


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    RUNS = 4

    def test_r11_runs_at_once_take_turns(self, db):
        made(30)
        assert sum(at_once([lambda: send_reminders(NOW)] * self.RUNS)) == 63
        assert (Email.objects.count(), Reminder.objects.filter(state="sent").count()) == (63, 180)
        assert (ReminderRun.objects.get().mails, ReminderRun.objects.count()) == (63, 1)

    def test_control_without_turns_and_once_the_table_itself_stops_them(self, db, monkeypatch):
        made(30)
        monkeypatch.setattr(reminders, "TAKE_TURNS", False)
        monkeypatch.setattr(
            reminders, "Letter", lambda *args, once, **kwargs: Letter(*args, once=None, **kwargs)
        )
        ends = at_once([lambda: send_reminders(NOW)] * self.RUNS)
        assert any(isinstance(end, IntegrityError) for end in ends)
