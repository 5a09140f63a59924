"""The worker helper: tasks run in another process, through the broker, on this test's own data."""

import os
import signal

import pytest

from psqm_portal.celery import app
from tests.support.tasks import write_pid
from tests.support.worker import real_worker, wait_for

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def test_a_task_runs_in_the_worker(tmp_path):
    with real_worker("--include", "tests.support.tasks") as worker:
        write_pid.delay(str(tmp_path / "pid"))
        wait_for((tmp_path / "pid").exists, log=worker.log)
        pid = int((tmp_path / "pid").read_text() or 0)
        assert pid != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


def test_what_another_test_queued_is_gone(tmp_path):
    write_pid.delay(str(tmp_path / "pid"))
    with app.connection() as connection:
        assert connection.default_channel.queue_declare("celery", passive=True).message_count <= 1


def test_nobody_runs_tasks_in_place_of_celery():
    assert not app.conf.task_always_eager
