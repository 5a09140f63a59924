"""Ten places, and not one more: seats are rows, each school sits on one (R01). Real PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction

from hubs.domain.hubs import set_places
from hubs.models import Registration, Seat
from psqm_portal.core.machine import Machine, Refused
from submissions.domain.enrolment import enrol
from submissions.models import Submission
from tests import factories
from tests.factories import NOW
from tests.hubs.test_races import THREADS, ends_of
from tests.support.races import PATIENCE

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
CAPACITY, APPLY = 10, 12


def ready(places: int = CAPACITY, schools: int = APPLY, taken: int = 0):
    hub, round_ = factories.hub(), factories.round_()
    factories.hub_member(hub)
    hub_round = factories.hub_round(hub, round_, seats=places)
    waiting = [factories.registration(factories.school(), hub, round_) for _ in range(schools)]
    hq = factories.hq()
    for one in waiting[:taken]:
        enrol(one, by=hq, now=NOW)
    return hub_round, waiting[taken:], hq


def seated(hub_round) -> tuple[int, int]:
    """Schools of the hub, and on how many different places they are."""
    rows = Submission.objects.filter(hub=hub_round.hub, round=hub_round.round)
    return rows.count(), rows.exclude(seat=None).values("seat").distinct().count()


def test_r01_eight_threads_over_ten_places_and_twelve_schools():
    """Each thread answers all twelve, each from another one on: ten are in, and ten answers were a yes."""
    hub_round, waiting, hq = ready()
    ends: list[str] = []

    def answer_all(start: int) -> None:
        for one in [*waiting[start:], *waiting[:start]]:
            try:
                enrol(Registration.objects.get(pk=one.pk), by=hq, now=NOW)
            except Refused:
                ends.append("Refused")
            else:
                ends.append("done")

    assert ends_of(*(lambda start=start: answer_all(start) for start in range(THREADS))) == {"done": THREADS}
    assert (ends.count("done"), ends.count("Refused")) == (10, THREADS * APPLY - 10)
    assert seated(hub_round) == (10, 10)
    assert Registration.objects.filter(status="accepted").count() == 10
    assert Registration.objects.filter(status="waiting").count() == 2


def test_r01_one_place_left_and_eight_want_it():
    hub_round, waiting, hq = ready(schools=9 + THREADS, taken=9)
    ends = ends_of(*(lambda one=one: enrol(one, by=hq, now=NOW) for one in waiting))
    assert ends == {"done": 1, "Refused": THREADS - 1}
    assert seated(hub_round) == (10, 10)


@contextmanager
def unguarded() -> Iterator[None]:
    """No row is locked, and all eight have read the last place as free before anybody writes."""
    chosen, save = threading.Barrier(THREADS), Submission.save

    def save_together(self, *args, **kwargs):
        if self._state.adding and threading.current_thread() is not threading.main_thread():
            chosen.wait(PATIENCE)
        return save(self, *args, **kwargs)

    unlocked = patch("django.db.models.query.QuerySet.select_for_update", lambda self, *_, **__: self.all())
    with (
        unlocked,
        patch.object(Machine, "locking", new=False),
        patch.object(Submission, "save", save_together),
    ):
        yield


def test_without_any_lock_the_database_refuses():
    hub_round, waiting, hq = ready(places=1, schools=THREADS)
    with unguarded():
        ends = ends_of(*(lambda one=one: enrol(one, by=hq, now=NOW) for one in waiting))
    assert ends == {"done": 1, "Refused": THREADS - 1}
    assert seated(hub_round) == (1, 1)


@pytest.fixture
def _no_constraint():
    """A place may be taken twice; put back as it was afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'submissions_submission'::regclass"
            " AND contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (seat_id)'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f'ALTER TABLE submissions_submission DROP CONSTRAINT "{name}"')
    yield
    with connection.cursor() as cursor:
        cursor.execute("UPDATE submissions_submission SET seat_id = NULL, status = 'withdrawn'")
        cursor.execute(f'ALTER TABLE submissions_submission ADD CONSTRAINT "{name}" UNIQUE (seat_id)')


@pytest.mark.usefixtures("_no_constraint")
def test_control_without_the_constraint_all_eight_sit_on_one_place():
    hub_round, waiting, hq = ready(places=1, schools=THREADS)
    with unguarded():
        ends = ends_of(*(lambda one=one: enrol(one, by=hq, now=NOW) for one in waiting))
    assert ends == {"done": THREADS}
    assert seated(hub_round) == (THREADS, 1)


def test_r17_raw_sql_puts_nobody_on_a_taken_place():
    hub_round, _, _ = ready(taken=10, schools=10)
    assert seated(hub_round) == (10, 10)
    seat = Seat.objects.filter(hub_round=hub_round).first()
    outside = factories.submission(cycle=hub_round.round, in_hub=factories.hub(), parts=False)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE submissions_submission SET seat_id = %s WHERE id = %s", [seat.pk, outside.pk])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hubs_seat (hub_round_id, number) VALUES (%s, %s)", [hub_round.pk, seat.number]
        )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM hubs_seat WHERE id = %s", [seat.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert seated(hub_round) == (10, 10)


def test_r01_places_are_lowered_while_schools_are_accepted():
    """Eight schools and a lowering to three at once: whoever is in keeps a place."""
    hub_round, waiting, hq = ready(schools=THREADS)
    ends = ends_of(
        *(lambda one=one: enrol(one, by=hq, now=NOW) for one in waiting),
        lambda: set_places(hub_round, 3, by=hq, now=NOW),
    )
    count, on_seats = seated(hub_round)
    assert count == on_seats == ends["done"] - 1
    assert ends["done"] + ends["Refused"] == THREADS + 1
    assert Seat.objects.filter(hub_round=hub_round).count() == max(3, count)
