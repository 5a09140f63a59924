"""Two who come at once. Real PostgreSQL; each test has a control with its guard off."""

import threading
from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction

from hubs.domain.hubs import appoint, set_places, take_part
from hubs.domain.registrations import register
from hubs.models import HubMembership, HubRound, Registration, Seat
from messaging.models import Email
from psqm_portal.core.machine import Machine, Refused
from psqm_portal.core.registers import Owed
from psqm_portal.core.roles import Role
from rounds.domain import reminders, reminders_due
from rounds.models import Audience, Reminder, ReminderRun, Step
from schools.models import School
from submissions.domain.enrolment import enrol
from submissions.models import Submission
from tests import factories
from tests.factories import NOW
from tests.hubs.test_registrations import DETAILS, new_school
from tests.support.races import PATIENCE, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
THREADS = 8


def ends_of(*jobs: Callable[[], object]) -> Counter[str]:
    """Runs all jobs at the same moment; how many ended which way."""
    return Counter(
        type(end).__name__ if isinstance(end, (Refused, IntegrityError)) else "done" for end in ended(*jobs)
    )


def ended(*jobs: Callable[[], object]) -> list[object]:
    ends = at_once(jobs)
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, (Refused, IntegrityError)):
            raise end
    return ends


def ready(places: int) -> tuple[HubRound, list[Registration]]:
    hub, round_ = factories.hub(), factories.round_()
    factories.hub_member(hub)
    hub_round = factories.hub_round(hub, round_, seats=places)
    waiting = [factories.registration(factories.school(), hub, round_) for _ in range(THREADS)]
    return hub_round, waiting


def test_r01_the_last_place_goes_to_one_of_eight():
    hub_round, waiting = ready(places=1)
    hq = factories.hq()
    ends = ends_of(*(lambda one=one: enrol(one, by=hq, now=NOW) for one in waiting))
    assert ends == {"done": 1, "Refused": 7}
    assert Submission.objects.filter(seat__hub_round=hub_round).count() == 1
    assert Registration.objects.filter(status="accepted").count() == 1


def test_r17_an_eleventh_school_is_refused_by_the_database_itself():
    """The control: without asking anything first, two on one seat is what the database forbids."""
    hub_round, _ = ready(places=1)
    seat = hub_round.seats.get()
    first = factories.submission(cycle=hub_round.round, in_hub=hub_round.hub, parts=False)
    assert first.seat == seat
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.create(
            school=factories.school(),
            round=hub_round.round,
            hub=hub_round.hub,
            seat=seat,
            conversation=factories.Conversation.objects.create(started_at=NOW),
            enrolled_at=NOW,
        )


def test_r01_places_grow_once_when_two_set_them():
    hub_round, _ = ready(places=4)
    hq = factories.hq()
    ends = ends_of(*[lambda: set_places(hub_round, 10, by=hq, now=NOW)] * THREADS)
    assert (ends, Seat.objects.filter(hub_round=hub_round).count()) == ({"done": THREADS}, 10)


def test_control_without_the_lock_places_collide():
    hub_round, _ = ready(places=4)
    hq = factories.hq()
    counted = threading.Barrier(THREADS)
    write = type(Seat.objects).bulk_create

    def write_together(manager, seats):
        counted.wait(PATIENCE)  # all have counted the places before anybody adds one
        return write(manager, seats)

    without_lock = patch.object(type(HubRound.objects), "select_for_update", lambda self: self.all())
    with without_lock, patch.object(type(Seat.objects), "bulk_create", write_together):
        ends = ends_of(*[lambda: set_places(hub_round, 10, by=hq, now=NOW)] * THREADS)
    assert ends == {"done": 1, "IntegrityError": THREADS - 1}


def test_r01_eight_leaders_at_once_leave_one():
    hub = factories.hub()
    people = [factories.user() for _ in range(THREADS)]
    ends = ends_of(*(lambda one=one: appoint(hub, one, Role.HUB_LEADER, now=NOW) for one in people))
    assert ends == {"done": THREADS}
    assert HubMembership.objects.current().filter(hub=hub, role=Role.HUB_LEADER).count() == 1


def test_r01_a_hub_takes_part_once():
    hub, round_ = factories.hub(), factories.round_()
    ended(*[lambda: take_part(hub, round_, training="days", by=None, now=NOW)] * THREADS)
    assert (HubRound.objects.count(), Seat.objects.count()) == (1, 10)


def test_r01_eight_registrations_of_a_school_are_one():
    round_, known = factories.round_(), factories.school(name="Ash School", postcode="AS1 2BC")
    ends = ends_of(*[lambda: register(round_, new_school(), DETAILS, by=None, now=NOW)] * THREADS)
    assert ends == {"done": 1, "Refused": 7}
    assert Registration.objects.get().school == known
    assert (School.objects.count(), Email.objects.count()) == (1, 2)


def test_r01_a_registration_is_answered_once():
    assert Machine.locking
    hub_round, (one, *_) = ready(places=3)
    hq = factories.hq()
    ends = ends_of(*[lambda: enrol(one, by=hq, now=NOW)] * THREADS)
    assert ends == {"done": 1, "Refused": 7}
    assert Submission.objects.filter(seat__hub_round=hub_round).count() == 1


def test_r11_reminders_of_two_runs_at_once_go_once(monkeypatch):
    round_, people = factories.round_(), [factories.user() for _ in range(20)]
    milestone = round_.milestones.get(step=Step.AUDIT, audience=Audience.SCHOOL)

    def asks(row, now, user, *, subjects=None):
        return [
            Owed(
                f"submission:{one.pk}",
                "Ash School",
                "do it",
                "/",
                milestone.due_on,
                milestone.opens_on,
                (one,),
            )
            for one in people
        ]

    monkeypatch.setattr(reminders_due, "duties", {(Step.AUDIT, Audience.SCHOOL): asks})
    due = NOW.replace(day=milestone.due_on.day, month=milestone.due_on.month, year=milestone.due_on.year)
    ended(*[lambda: reminders.send_reminders(due)] * THREADS)
    assert (Email.objects.count(), ReminderRun.objects.count()) == (20, 1)
    assert Reminder.objects.filter(state="sent").count() == 20
