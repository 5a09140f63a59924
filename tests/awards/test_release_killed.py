"""R10 and R11 of a round's release: workers killed at each step, tasks delivered twice and at once."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import connection

from awards.domain import release_job, releasing
from awards.models import Award, Certificate, Decision, Release
from awards.tasks import sweep_releases
from messaging.models import Email
from psqm_portal.core.models import HistoryEntry
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY
from tests.support.races import at_once
from tests.test_r10_killed_worker import LATER, Power

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

BEGUN = RELEASE_DAY + releasing.GRACE
SCHOOLS = 4


def asked(schools: int = SCHOOLS) -> Release:
    hq, cycle = factories.hq(), factories.round_()
    for _ in range(schools):
        helpers.decided(hq, cycle=cycle)
    Email.objects.all().delete()
    return releasing.ask(cycle, by=hq, now=RELEASE_DAY)


def assert_told_once(schools: int = SCHOOLS) -> None:
    """Every school, its award, its certificate, each of its three mails, and the end: once."""
    release = Release.objects.get()
    assert release.status == "done"
    assert release.items.filter(told_at__isnull=False, problem="").count() == schools
    assert Submission.objects.filter(status="notified").count() == schools
    assert Decision.objects.filter(released_at__isnull=False).count() == schools
    assert Award.objects.count() == Certificate.objects.count() == schools
    numbers = sorted(int(number[-4:]) for number in Award.objects.values_list("number", flat=True))
    assert numbers == list(range(1, schools + 1))
    assert HistoryEntry.objects.filter(machine="submission", action="release").count() == schools
    assert Email.objects.filter(template__startswith="awards/mail/released").count() == schools * 3
    assert Email.objects.filter(template="awards/mail/release_ended").count() == 1


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.parametrize(
    "step",
    [
        "awards.domain.release_job:take_up:after",
        "awards.domain.release_job:_tell_one:before",
        "awards.domain.awarding:next_number:after",
        "awards.notices:tell_outcome:after",
        "awards.domain.release_job:_tell_one:after",
        "awards.domain.release_job:_end:before",
        "awards.domain.release_job:_end:after",
    ],
)
def test_r10_a_killed_release_goes_on_and_tells_once(step: str, tmp_path: Path) -> None:
    release = asked()
    power = Power(tmp_path, BEGUN)
    sweep_releases.delay()
    power.is_cut(step)
    assert Award.objects.count() in {0, 1, SCHOOLS}
    power.is_back(lambda: Release.objects.filter(status="done").exists(), sweep_releases)
    assert_told_once()
    release.refresh_from_db()
    assert release.tries == (1 if step.endswith("_end:after") else 2)


@pytest.mark.slow
@pytest.mark.redis
def test_r10_killed_five_times_at_five_schools(tmp_path: Path) -> None:
    asked(6)
    power = Power(tmp_path, BEGUN)
    for _ in range(5):
        sweep_releases.delay()
        power.is_cut("awards.domain.release_job:_tell_one:after")
        power.start += LATER
    power.is_back(lambda: Release.objects.filter(status="done").exists(), sweep_releases)
    assert_told_once(6)


def test_r11_delivered_twice_it_happens_once():
    release = asked()
    assert [release_job.work(release.pk, clock=lambda: BEGUN) for _ in range(2)] == [True, False]
    assert_told_once()


def test_r11_eight_workers_at_once_tell_once():
    release = asked()
    done = at_once([lambda: release_job.work(release.pk, clock=lambda: BEGUN)] * 8)
    assert sorted(done) == [False] * 7 + [True]
    assert_told_once()


def test_r11_a_worker_thought_dead_finds_that_another_took_over():
    """It slept through the time after which workers count as dead; both go on at once."""
    release, later = asked(), BEGUN + releasing.STALE
    workers = [releasing.take_up(release.pk, BEGUN), releasing.take_up(release.pk, later)]

    def goes_on(mine):
        for item_id in release_job._open(mine):
            release_job._tell(mine, item_id, lambda: later)
        release_job._end(mine, Release.Status.DONE, later)

    done = at_once([lambda mine=mine: goes_on(mine) for mine in workers])
    assert isinstance(done[0], release_job.Overtaken)
    assert done[1] is None
    assert_told_once()


def test_r11_eight_askings_make_one_release():
    hq, cycle = factories.hq(), factories.round_()
    helpers.decided(hq, cycle=cycle)
    made = at_once([lambda: releasing.ask(cycle, by=hq, now=RELEASE_DAY)] * 8)
    assert sum(isinstance(one, Release) for one in made) == 1
    assert {str(one) for one in made if not isinstance(one, Release)} == {
        "Another release of this round is underway. Stop it or wait for its end."
    }


def test_r11_control_without_the_constraint_there_are_several_releases():
    hq, cycle = factories.hq(), factories.round_()
    helpers.decided(hq, cycle=cycle)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX release_one_underway")
    try:
        made = at_once([lambda: releasing.ask(cycle, by=hq, now=RELEASE_DAY)] * 8)
        assert sum(isinstance(one, Release) for one in made) == 8
    finally:
        Release.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX release_one_underway ON awards_release (round_id) "
                "WHERE status IN ('waiting', 'telling')"
            )


def test_stopping_waits_for_the_school_that_is_being_told():
    release = asked()
    real = release_job._tell_one

    def stopped_after_the_first(*args):
        real(*args)
        with patch.object(release_job, "_tell_one", real):
            releasing.stop(release, by=release.asked_by, now=BEGUN + timedelta(minutes=1))

    with patch.object(release_job, "_tell_one", stopped_after_the_first):
        assert release_job.work(release.pk, clock=lambda: BEGUN) is False
    assert Submission.objects.filter(status="notified").count() == 1
    assert Email.objects.filter(template__startswith="awards/mail/released").count() == 3
