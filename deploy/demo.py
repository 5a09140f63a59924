"""The demonstration: web server, worker and beat in the foreground, started and stopped as one.

PORT (8000) and DEMO_DIR (.demo) are read here and by psqm_portal.settings.demo. Ends with 0 when it was
asked to stop, with 1 when a part ended by itself.
"""

import ctypes
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 20.0  # seconds that the parts have to end by themselves
# Linux's prctl
DIE_WITH_PARENT, ADOPT_ORPHANS = 1, 36


class Asked(Exception):
    """Somebody asked for the end: Ctrl-C, SIGTERM, a closed terminal, make gone."""


class Demo:
    """The parts stay in this process's group, so that a terminal's Ctrl-C reaches all of them."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.parent = os.getppid()
        self.under_make = listens(self.parent)
        self.environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "psqm_portal.settings.demo",
            "PORT": str(port),
            "DEMO_DIR": str(folder),
            "PYTHONUNBUFFERED": "1",
            # Said of servers: as root in a container, and without collected assets, all is well here.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser,ignore:No directory at",
        }

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        part = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=HOME,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads here, and it only makes a system call
        )
        self.parts[name] = part
        return part

    def finish(self, name: str, *arguments: str) -> None:
        """Runs one command of manage.py to its end."""
        part = self.start(name, "manage.py", *arguments)
        while part.poll() is None:
            self.breathe()
        del self.parts[name]
        if part.returncode:
            raise SystemExit(f"\nThe demonstration could not start: {name} failed (see above).\n")

    def breathe(self) -> None:
        time.sleep(0.1)
        if self.under_make and not listens(self.parent):
            raise Asked

    def prepare(self) -> None:
        """Migrates and makes the data, unless both were done here with these very migrations."""
        stamp = self.folder / "prepared"
        migrations = sorted(path for path in HOME.glob("**/migrations/*.py") if ".venv" not in path.parts)
        key = hashlib.sha256(b"\0".join(path.read_bytes() for path in migrations)).hexdigest()
        if stamp.is_file() and stamp.read_text() == key and (self.folder / "portal.sqlite3").is_file():
            return
        self.finish("migrate", "migrate", "--verbosity", "0")
        print("Making the demonstration's people, schools and evidence (once, a minute or so).", flush=True)
        self.finish("demo_data", "demo_data")
        stamp.write_text(key)

    def serve(self) -> None:
        binds = [f"--bind=127.0.0.1:{self.port}"]
        if can_listen(socket.AF_INET6, "::1", self.port):
            binds.append(f"--bind=[::1]:{self.port}")
        self.start(
            "web server",
            *("-m", "gunicorn", "psqm_portal.wsgi", "--config=deploy/gunicorn_demo.conf.py", *binds),
        )
        self.start(
            "worker and beat",
            *("-m", "celery", "-A", "psqm_portal", "--quiet", "worker", "-B", "-c1", "--loglevel=WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--schedule", str(self.folder / "beat-schedule")),
        )
        while not self.is_ready():
            self.watch()
        print(f"\nThe portal is ready: http://localhost:{self.port}/    (Ctrl-C ends it)\n", flush=True)
        while True:
            self.watch()

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def watch(self) -> None:
        self.breathe()
        for name, part in self.parts.items():
            if part.poll() is not None:
                raise SystemExit(f"\nThe {name} ended by itself ({part.returncode}), so all of it stops.\n")

    def stop(self) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        running = [part for part in self.parts.values() if part.poll() is None]
        for part in running:
            part.terminate()
        end = time.monotonic() + PATIENCE
        for part in running:
            try:
                part.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        end_orphans()


def die_with_parent() -> None:
    """On Linux a part gets SIGTERM when this process is killed hard; elsewhere it is Ctrl-C or nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


def can_listen(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError:
        return False
    return True


def adopt_orphans() -> None:
    """A worker that is killed hard leaves its beat and pool behind; on Linux they become our children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1)


def end_orphans() -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.is_file() and (left := children.read_text().split()):
        for pid in map(int, left):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def listens(pid: int) -> bool:
    """Whether this is a make that still catches SIGINT (Linux; elsewhere always False).

    It stops to when somebody interrupts make alone, which then waits for us without a word, or kills it.
    """
    process = Path(f"/proc/{pid}")
    try:
        if (process / "comm").read_text().strip() not in {"make", "gmake"}:
            return False
        words = (process / "status").read_text().split()
    except OSError:
        return False
    caught = int(words[words.index("SigCgt:") + 1], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


def asked(*_: object) -> None:
    raise Asked


def main() -> None:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SystemExit(f"PORT has to be a number from 1 to 65535, and is {port}.")
    if not can_listen(socket.AF_INET, "127.0.0.1", int(port)):
        raise SystemExit(f"Port {port} is in use here. Take another: PORT=8001 make demo")
    folder = Path(os.environ.get("DEMO_DIR") or HOME / ".demo").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    demo = Demo(int(port), folder)
    adopt_orphans()
    for number in SIGNALS:
        signal.signal(number, asked)
    try:
        demo.prepare()
        demo.serve()
    except Asked:
        print("\nStopping.", flush=True)
    finally:
        demo.stop()


if __name__ == "__main__":
    main()
