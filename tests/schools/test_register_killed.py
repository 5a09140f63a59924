"""R10: the power goes while a worker reads or writes the register; the next one goes on, nothing twice."""

from datetime import timedelta
from pathlib import Path

import pytest

from bench.register import lines
from psqm_portal.core.long_jobs import STALE
from schools.domain import register as verbs
from schools.models import RegisterImport, School
from schools.tasks import sweep_register
from tests import factories as make
from tests.schools.registering import ask
from tests.support.in_worker import HANGING
from tests.support.worker import real_worker, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgresql,
]
LATER = make.NOW + STALE + timedelta(minutes=1)
INCLUDED = ("--include", "tests.support.in_worker")


@pytest.mark.parametrize(
    "step", ["schools.domain.register_reading:_finish:before", "schools.domain.register_writing:_count:after"]
)
def test_r10_the_register_is_imported_once(step: str, tmp_path: Path) -> None:
    hq, flag = make.hq(), tmp_path / "hang"
    flag.touch()
    register = ask(hq, "".join(lines(100)))
    told = {"TEST_HANG": step, "TEST_HANG_ONCE": str(flag)}
    with real_worker(*INCLUDED, concurrency=1, TEST_NOW=make.NOW.isoformat(), **told) as worker:
        if "writing" in step:
            wait_for(
                lambda: RegisterImport.objects.filter(status="read").exists(), seconds=60, log=worker.log
            )
            verbs.agree(register, by=hq, now=make.NOW)
        worker.wait_for_log(HANGING)
        worker.kill()
    with real_worker(*INCLUDED, concurrency=1, TEST_NOW=LATER.isoformat()) as worker:
        sweep_register.delay()
        wait_for(
            lambda: RegisterImport.objects.filter(status__in=["read", "done"]).exists(),
            seconds=60,
            log=worker.log,
        )
        if "reading" in step:
            verbs.agree(register, by=hq, now=make.NOW)
        wait_for(lambda: RegisterImport.objects.filter(status="done").exists(), seconds=60, log=worker.log)
    register.refresh_from_db()
    assert register.rows.count() == 100
    assert School.objects.count() == register.counts["new"] == register.counts["written"]["new"]
