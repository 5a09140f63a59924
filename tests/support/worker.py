"""A real Celery worker: no test runs a task "eagerly", in its own process, and calls it Celery.

with real_worker() as worker:
    make_certificates.delay()   # in a test with `transactional_db`: a worker sees what is committed
    wait_for(lambda: Certificate.objects.exists())
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from psqm_portal.celery import app
from tests.support.parent import die_with_parent
from tests.support.processes import HOME, environment

_START_SECONDS = 60.0


class Worker:
    """One `celery worker` (prefork) in a process group of its own, on this test's database and broker."""

    def __init__(self, *arguments: str, concurrency: int = 1, **environ: str) -> None:
        self.command = [
            *(sys.executable, "-m", "tests.support.network", "celery", "-A", "psqm_portal", "worker"),
            *("--concurrency", str(concurrency), "--loglevel", "INFO", "--hostname", f"{id(self)}@%h"),
            # Not without its heartbeat: on Redis it wakes up the loop that sees a SIGTERM.
            *("--without-gossip", "--without-mingle", *arguments),
        ]
        self.environ = environment(**environ)
        descriptor, name = tempfile.mkstemp(prefix="worker-", suffix=".log", dir=self.environ["TEST_DIR"])
        os.close(descriptor)
        self.log_file = Path(name)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=HOME,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - it only makes a system call
            )
        self.wait_for_log(" ready.")

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def wait_for_log(self, text: str) -> None:
        """The log is how a test learns that a worker is ready, or in the middle of a task."""
        wait_for(lambda: text in self.log() or not self.is_running, seconds=_START_SECONDS, log=self.log)
        assert text in self.log(), self.log()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Lets the running task finish, as a deployment does."""
        if self.process and self.is_running:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL to the worker and its pool at once: the power is cut in the middle of a task."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)


def nothing_queued() -> bool:
    """Neither waiting nor in a worker's hands, a killed one's included."""
    with redis.Redis.from_url(app.conf.broker_url) as client:
        waiting = any(client.llen(queue.name) for queue in app.conf.task_queues)
        return not waiting and not client.hlen("unacked")


@contextlib.contextmanager
def real_worker(*arguments: str, concurrency: int = 1, **environ: str) -> Iterator[Worker]:
    worker = Worker(*arguments, concurrency=concurrency, **environ)
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
        worker.kill()


def wait_for(
    is_so: Callable[[], object], *, seconds: float = 30.0, log: Callable[[], str] = lambda: ""
) -> None:
    """Asks again and again until it is so; a limit for hangs, not a measurement."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"Still not so after {seconds:g} s.\n{log()[-4000:]}")
        time.sleep(0.05)
