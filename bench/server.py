"""gunicorn with two sync workers on a database of its own, and what its workers weigh."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

WORKERS = 2
START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The portal (``bench.settings``) or the floor (``bench.floor_settings``)."""

    def __init__(self, settings: str, database_url: str, log: Path) -> None:
        self.port, self.log = free_port(), log
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "DATABASE_URL": database_url,
            "PYTHONWARNINGS": "ignore",
        }

    def __enter__(self) -> Self:
        options = ["--workers", str(WORKERS), "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *options, "psqm_portal.wsgi:application"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while len(self.workers) < WORKERS or not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self._stop()
                raise RuntimeError(f"gunicorn did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        if error is not None:
            error.add_note(self.log.read_text()[-3000:])

    def _stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    def memory(self) -> float | None:
        """Resident MB of the larger worker; None where /proc doesn't tell."""
        sizes = [
            int(line.split()[1]) / 1024
            for pid in self.workers
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS:")
        ]
        return max(sizes) if sizes else None
