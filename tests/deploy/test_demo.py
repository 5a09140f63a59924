"""`make demo` as a visitor starts and ends it: all parts together, nothing left behind, data kept."""

import contextlib
import http.client
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.given import HOME, passed_on
from tests.support.services import free_port
from tests.support.worker import wait_for

pytestmark = pytest.mark.slow
LONG = 600.0  # the first start makes the data


class Running:
    """deploy/demo.py in a process group of its own, as a terminal starts it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder.parent / "demo.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "deploy/demo.py"],
                cwd=HOME,
                env={**passed_on(), "PORT": str(self.port), "DEMO_DIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self.is_ready, seconds=LONG, log=self.log.read_text)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            return self.status("/healthz") == 200
        return False

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def parts(self) -> dict[int, str]:
        """Every process of the group and its command, from /proc."""
        found = {}
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and os.getpgid(int(folder.name)) == self.process.pid:
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        return found

    def end(self, number: int, *, pid: int = 0) -> int:
        """Sends a signal to the group, or to one process of it; the exit code of the whole."""
        wait_for(lambda: any("celery" in command for command in self.parts().values()))
        if pid:
            os.kill(pid, number)
        else:
            os.killpg(self.process.pid, number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demonstration") / "data"


@pytest.fixture
def demo(folder: Path) -> Iterator[Running]:
    running = Running(folder)
    yield running
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait(60)


def rows(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "portal.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM submissions_submission").fetchone()[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_all_of_it(demo, number):
    assert demo.status("/account/login/") == 200
    assert demo.end(number) == 0
    assert not demo.parts()


def test_asking_only_the_first_process_is_enough(demo):
    assert demo.end(signal.SIGTERM, pid=demo.process.pid) == 0
    assert not demo.parts()


def test_the_data_is_kept(folder, demo):
    made = rows(folder)
    assert made > 0
    demo.end(signal.SIGINT)
    again = Running(folder)
    assert again.end(signal.SIGINT) == 0
    assert rows(folder) == made
    assert "Making" not in again.log.read_text()


@pytest.mark.parametrize("part", ["gunicorn", "celery"])
def test_when_a_part_dies_the_whole_stops_loudly(demo, part):
    wait_for(lambda: any(part in command for command in demo.parts().values()))
    first = min(pid for pid, command in demo.parts().items() if part in command)
    assert demo.end(signal.SIGKILL, pid=first) == 1
    assert "ended by itself" in demo.log.read_text()
    assert not demo.parts()


def test_nothing_outlives_it(demo):
    """Killed hard itself, it takes the parts along (Linux)."""
    demo.end(signal.SIGKILL, pid=demo.process.pid)
    wait_for(lambda: not demo.parts())


def test_all_its_data_is_in_one_folder(folder, demo):
    demo.end(signal.SIGINT)
    assert {"portal.sqlite3", "media", "broker"} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(("port", "said"), [("x", "PORT has to be"), ("70000", "PORT has to be")])
def test_a_wrong_port_is_named(tmp_path, port, said):
    assert said in refused(tmp_path, port)


def test_a_port_in_use_is_named(tmp_path, demo):
    assert f"Port {demo.port} is in use" in refused(tmp_path, str(demo.port))


def refused(folder: Path, port: str) -> str:
    told = subprocess.run(
        [sys.executable, "deploy/demo.py"],
        cwd=HOME,
        env={**passed_on(), "PORT": port, "DEMO_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    return told.stderr
