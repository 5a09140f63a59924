"""R10: the power goes while a worker reads, writes or undoes past awards; the next one goes on, once.

R11: two workers at once write one file, or two files with the same awards.
"""

from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from unittest.mock import patch

import pytest

from awards.domain import past as verbs
from awards.domain import past_writing
from awards.domain.past_job import work
from awards.models import Award, PastImport
from awards.tasks import sweep_past_awards
from psqm_portal.core.long_jobs import STALE
from tests import factories as make
from tests.awards.pasting import ask, line, reads
from tests.support.in_worker import HANGING
from tests.support.races import at_once
from tests.support.worker import real_worker, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
LATER = make.NOW + STALE + timedelta(minutes=1)
INCLUDED = ("--include", "tests.support.in_worker")


def lines(count: int) -> list[list[object]]:
    make.framework()
    make.school(name="Ashbrook Primary School", postcode="AB1 2CD")
    return [line(Date_of_award=f"{1 + number % 28}/{1 + number // 28}/2020") for number in range(count)]


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.parametrize(
    ("step", "verb", "end", "awards"),
    [
        ("awards.domain.past_reading:judge:before", None, "read", 0),
        ("awards.domain.past_writing:_make:after", verbs.agree, "done", 60),
        ("awards.domain.past_undoing:what_hangs_on:after", verbs.undo, "read", 0),
    ],
)
def test_r10_past_awards_are_brought_in_once(step, verb, end, awards, tmp_path: Path) -> None:
    hq, flag = make.hq(), tmp_path / "hang"
    past = ask(hq, lines(60))
    if verb is not None:
        work(past.pk, clock=lambda: make.NOW)
        verbs.agree(past, by=hq, now=make.NOW)
    if verb is verbs.undo:
        work(past.pk, clock=lambda: make.NOW)
        verbs.undo(past, by=hq, now=make.NOW)
    flag.touch()
    told = {"TEST_HANG": step, "TEST_HANG_ONCE": str(flag)}
    just = make.NOW + timedelta(minutes=2)
    with real_worker(*INCLUDED, concurrency=1, TEST_NOW=just.isoformat(), **told) as worker:
        sweep_past_awards.delay()
        worker.wait_for_log(HANGING)
        worker.kill()
    with real_worker(*INCLUDED, concurrency=1, TEST_NOW=(LATER + timedelta(minutes=5)).isoformat()) as worker:
        sweep_past_awards.delay()
        wait_for(lambda: PastImport.objects.filter(status=end).exists(), seconds=60, log=worker.log)
    past.refresh_from_db()
    assert past.rows.count() == 60
    assert Award.objects.count() == awards


def test_r11_two_files_with_the_same_awards_are_written_at_once() -> None:
    hq, rows = make.hq(), lines(40)
    files = [reads(hq, rows) for _ in range(3)]
    with patch.object(past_writing, "BATCH", 5):
        for past in files:
            verbs.agree(past, by=hq, now=make.NOW)
        twice = [past.pk for past in files] * 2
        told = at_once([partial(work, pk, clock=lambda: make.NOW) for pk in twice])
    assert sorted(map(str, told)) == ["False"] * 3 + ["True"] * 3
    assert Award.objects.count() == 40
    assert Award.objects.values("school", "level", "awarded_on").distinct().count() == 40
    counts = [dict(past.counts) for past in PastImport.objects.all()]
    assert sum(one.get("written", 0) for one in counts) == 40
    assert sum(one.get("double", 0) for one in counts) == 80


def test_r11_control_without_the_lock_the_same_award_is_written_twice() -> None:
    hq, rows = make.hq(), lines(5)
    files = [reads(hq, rows) for _ in range(2)]
    for past in files:
        verbs.agree(past, by=hq, now=make.NOW)
    together, take = Barrier(2), past_writing.Counter.take_many

    def take_together(series: str, count: int) -> range:
        """Both have looked for doubles before either writes."""
        if count:
            together.wait(timeout=60)
        return take(series, count)

    with (
        patch.object(past_writing, "_one_writer", lambda: None),
        patch.object(past_writing, "_schools", make.School.objects.in_bulk),
        patch.object(past_writing.Counter, "take_many", take_together),
    ):
        at_once([partial(work, past.pk, clock=lambda: make.NOW) for past in files])
    assert Award.objects.count() == 10
