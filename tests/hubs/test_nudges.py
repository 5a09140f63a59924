"""Reminders when nobody answers a registration (decision 0072)."""

from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError

from hubs.domain import nudges
from hubs.domain.nudges import send_nudges, still_wanted
from hubs.domain.registrations import (
    agree,
    decline,
    find_agreement,
    hand_back,
    pass_to_hub,
    register,
    send_agreement_again,
)
from hubs.models import Registration, RegistrationNudge
from hubs.tasks import send_registration_nudges
from hubs.turns import with_turn
from messaging.models import Email
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from rounds.models import NoSendDay, ReminderPause, Round
from tests import factories
from tests.factories import NOW
from tests.hubs.test_registrations import DETAILS, new_school, sent, token_in
from tests.support.races import PATIENCE, at_once

HEADS, LEADERS, OFFICE = "registration_not_agreed", "registration_unanswered", "registration_list"


def after(days: int, **more: int):
    """9 am in London on Tuesday 3 November 2026, and later."""
    return NOW + timedelta(days=days, **more)


def runs(first: int, last: int) -> dict[str, list[int]]:
    """On which days mails went, a run at 9 am each day."""
    went: dict[str, list[int]] = {}
    for day in range(first, last + 1):
        before = Counter(Email.objects.values_list("template", flat=True))
        send_nudges(after(day))
        for template in Counter(Email.objects.values_list("template", flat=True)) - before:
            went.setdefault(template.rsplit("/")[-1], []).append(day)
    return went


@pytest.fixture
def made(world) -> Registration:
    return register(world.round, new_school(), DETAILS, by=None, now=NOW)


def test_the_headteacher_and_hq_are_reminded_on_their_days(made):
    assert runs(0, 40) == {HEADS: [3, 7, 14, 21], OFFICE: [5, 10]}
    assert {mail.to for mail in sent(HEADS)} == {"hana@ash.example"}


def test_the_hub_leader_is_reminded_once_the_headteacher_has_agreed(world, made):
    pass_to_hub(made, world.hub, by=world.hq, now=after(1))
    assert runs(1, 6) == {HEADS: [3]}
    agree(made, name="Hana", now=after(6), by=world.hq)
    assert runs(6, 40) == {LEADERS: [10, 14, 18]}
    assert {mail.recipient for mail in sent(LEADERS)} == {world.leader}
    assert "Monday 9 November 2026" in " ".join(sent(LEADERS)[0].text.split())


def test_another_turn_begins_its_days_anew(world, made):
    agree(made, name="Hana", now=NOW, by=world.hq)
    pass_to_hub(made, world.hub, by=world.hq, now=NOW)
    assert runs(0, 5) == {LEADERS: [4]}
    hand_back(made, by=world.leader, now=after(5), reason="No room")
    assert runs(5, 10) == {OFFICE: [10]}
    pass_to_hub(made, world.other, by=world.hq, now=after(10))
    assert runs(10, 14) == {LEADERS: [14]}
    assert {mail.recipient for mail in sent(LEADERS)} == {world.leader, world.other_leader}


def test_a_reminder_has_a_link_of_its_own_and_the_first_one_still_works(world, made):
    first = token_in(sent("agreement")[0])
    send_nudges(after(3))
    reminded = token_in(sent(HEADS)[0])
    assert len(reminded) == 32  # 192 bits
    assert reminded not in str(RegistrationNudge.objects.values())
    assert find_agreement(first) == find_agreement(reminded) == made
    with pytest.raises(Refused, match="Ask for a new one"):
        agree(reminded, name="Hana", now=after(30))
    assert agree(reminded, name="Hana", now=after(29)).agreed_at == after(29)


def test_a_fresh_sending_ends_all_earlier_links_and_begins_the_days_anew(world, made):
    send_nudges(after(3))
    reminded = token_in(sent(HEADS)[0])
    send_agreement_again(made, by=world.hq, now=after(4))
    assert find_agreement(reminded) is None
    assert runs(4, 12)[HEADS] == [7, 11]


@pytest.mark.parametrize("ends", ["agreed", "declined", "closed"])
def test_nobody_is_reminded_of_what_is_answered(world, made, ends):
    if ends == "agreed":
        agree(made, name="Hana", now=NOW, by=world.hq)
    elif ends == "declined":
        decline(made, by=world.hq, now=NOW, reason="No")
    else:
        Round.objects.update(status="closed")
    assert runs(0, 33) == ({OFFICE: [5, 10]} if ends == "agreed" else {})


def test_a_mail_that_waited_is_dropped_once_it_is_answered(world, made):
    send_nudges(after(3))
    (mail,) = sent(HEADS)
    assert still_wanted(mail, after(3))
    agree(made, name="Hana", now=after(3), by=world.hq)
    assert not still_wanted(mail, after(3))
    pass_to_hub(made, world.hub, by=world.hq, now=after(3))
    send_nudges(after(7))
    (mail,) = sent(LEADERS)
    assert still_wanted(mail, after(7))
    hand_back(made, by=world.leader, now=after(7), reason="No room")
    assert not still_wanted(mail, after(7))


def test_days_are_londons_and_begin_at_seven(made):
    """Registered at 9 am on a Tuesday: due on Friday, from 7 am on."""
    assert send_nudges(after(3, hours=-3)) == 0
    assert send_nudges(after(3, hours=-2)) == 1


def test_no_reminder_on_a_free_day_or_in_a_pause_then_the_newest_alone(world, made):
    for number in range(3, 9):
        NoSendDay.objects.create(day=london_day(after(number)), why="Half term")
    assert runs(3, 9) == {HEADS: [9], OFFICE: [9]}
    assert list(RegistrationNudge.objects.order_by("to").values_list("to", "days")) == [
        ("headteacher", 7),
        ("hq", 5),
    ]
    ReminderPause.objects.create(began_at=NOW, began_by=world.hq, why="Move of the mail server")
    assert runs(14, 15) == {}


def test_hq_gets_one_mail_with_all_of_them(world, made):
    register(world.round, new_school(name="Birch School"), DETAILS, by=None, now=NOW)
    another = factories.hq()
    send_nudges(after(5))
    mails = sent(OFFICE)
    assert {mail.recipient for mail in mails} == {world.hq, another}
    assert {mail.subject for mail in mails} == {"2 registrations waiting for HQ"}
    text = " ".join(mails[0].text.split())
    assert "- Ash School, Autumn 2026: since Tuesday 3 November 2026" in text
    assert "- Birch School, Autumn 2026: since Tuesday 3 November 2026" in text


def test_r11_run_twice_it_happens_once(made):
    assert send_nudges(after(7)) == 2
    assert send_nudges(after(7)) == 0
    assert send_nudges(after(6)) == 0  # reversed: an older one passes nothing over
    assert len(sent(HEADS)) == 1


def test_r10_a_run_that_was_cut_short_is_finished_by_the_next(made):
    with patch.object(nudges, "write", side_effect=RuntimeError), pytest.raises(RuntimeError):
        send_nudges(after(3))
    assert not RegistrationNudge.objects.exists()
    assert send_nudges(after(3)) == 1


def test_the_task_asks_the_clock(made, time_machine_at):
    time_machine_at(after(3))
    send_registration_nudges()
    assert len(sent(HEADS)) == 1


@pytest.fixture
def time_machine_at():
    import time_machine

    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller.move_to


def test_whose_turn_it_is_and_since_when(world, made):
    def stands(day: date) -> tuple[str, int, bool]:
        row = with_turn(Registration.objects.all(), day).get()
        return row.turn, (london_day(row.turn_began) - london_day(NOW)).days, row.is_long

    def on(days: int) -> date:
        return london_day(after(days))

    assert stands(on(9)) == ("hq", 0, False)
    assert stands(on(10)) == ("hq", 0, True)
    pass_to_hub(made, world.hub, by=world.hq, now=after(10))
    assert stands(on(20)) == ("headteacher", 0, False)
    assert stands(on(21)) == ("headteacher", 0, True)
    agree(made, name="Hana", now=after(21), by=world.hq)
    assert stands(on(32)) == ("hub_leader", 21, False)
    assert stands(on(33)) == ("hub_leader", 21, True)
    decline(made, by=world.hq, now=after(33), reason="No")
    assert stands(on(60)) == ("", 21, False)


THREADS = 4


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r11_runs_at_once_remind_once(world, made):
    register(world.round, new_school(name="Birch School"), DETAILS, by=None, now=NOW)
    ends = at_once([lambda: send_nudges(after(7))] * THREADS)
    assert sum(ends) == 3  # two headteachers, one mail to HQ
    assert (len(sent(HEADS)), len(sent(OFFICE))) == (2, 1)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_two_runs_remind_twice(world, made):
    """The lock and the row off: what guards is really them."""
    import threading

    together = threading.Barrier(2)

    def make(self, defaults, **asked):
        together.wait(PATIENCE)  # both have found it due
        return RegistrationNudge(**asked, **defaults), True

    manager = type(RegistrationNudge.objects)
    with (
        patch.object(nudges, "TAKE_TURNS", new=False),
        patch.object(manager, "get_or_create", make),
        patch.object(nudges, "_remind_hq", return_value=0),
        patch.object(RegistrationNudge, "save", lambda self, **_: None),
    ):
        at_once([lambda: send_nudges(after(3))] * 2)
    assert len(sent(HEADS)) == 2
    with pytest.raises(IntegrityError):
        for _ in range(2):
            RegistrationNudge.objects.create(registration=made, to="hq", turn=NOW, days=3, sent_at=NOW)
