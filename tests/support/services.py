"""PostgreSQL and Redis for one run: the ones that are named, else private ones on free ports.

    python -m tests.support.services -- COMMAND...   runs it with DATABASE_URL and REDIS_URL

Fault tests start their own `Postgres` or `Redis`, which can be stopped, killed and started again. Every
process is ended by its id.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psycopg
import redis

from tests.support.parent import die_with_parent

START_SECONDS = 60.0


class NotHere(Exception):
    """A program that isn't installed; the sentence says which."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_postgresql() -> Path:
    """The folder of initdb and postgres, which Debian keeps off PATH; the newest where there are several."""
    folders = [Path(found).parent for found in [shutil.which("initdb")] if found]
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(told.stdout.strip()))
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NotHere("PostgreSQL's programs initdb and postgres are not installed")


class Service:
    """A server of our own in a folder of its own; start() after stop() or kill() finds its data again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="psqm-service-"))
        self.user: str | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> Self:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                user=self.user,
                group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the tests; they stop their servers afterwards
                preexec_fn=die_with_parent,  # noqa: PLW1509 - it only makes a system call
            )
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"{type(self).__name__} did not start:\n{self.log()}")
            time.sleep(0.05)
        return self

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(START_SECONDS)

    def kill(self) -> None:
        """As a power cut would: nothing is tidied up."""
        self.stop(signal.SIGKILL)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.remove()


class Postgres(Service):
    """It refuses to run as root, so root starts it as `postgres` or `nobody`."""

    def __init__(self, *, fsync: bool = False) -> None:
        self.programs = find_postgresql()
        super().__init__()
        self.fsync = fsync
        self.password = secrets.token_hex(16)
        if os.geteuid() == 0:
            known = {entry.pw_name for entry in pwd.getpwall()}
            self.user = "postgres" if "postgres" in known else "nobody"
            shutil.chown(self.folder, self.user)
        self._init()

    def _init(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self.user:
            shutil.chown(secret, self.user)
        options = ["-A", "scram-sha-256", "-U", "psqm", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(
            [self.programs / "initdb", "-D", self.folder / "data", "--pwfile", secret, *options],
            cwd=self.folder,
            user=self.user,
            group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
            check=True,
            capture_output=True,
        )

    @property
    def url(self) -> str:
        return self.url_of("psqm")

    def url_of(self, database: str) -> str:
        return f"postgresql://psqm:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> Self:
        super().start()
        with (
            psycopg.connect(self.url_of("postgres"), autocommit=True) as connection,
            contextlib.suppress(psycopg.errors.DuplicateDatabase),
        ):
            connection.execute("CREATE DATABASE psqm")
        return self

    def command(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "256MB",
        }
        if not self.fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *options]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, number: int = signal.SIGINT) -> None:
        super().stop(number)  # SIGINT is PostgreSQL's "fast": it doesn't wait for clients to leave


class Redis(Service):
    """Memory only by default; `keep` writes every command to its folder, as a deployment does."""

    def __init__(self, *, keep: bool = False) -> None:
        program = shutil.which("redis-server")
        if not program:
            raise NotHere("Redis's program redis-server is not installed")
        super().__init__()
        self.program = program
        self.keep = keep

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "save": "",
            "appendonly": "yes" if self.keep else "no",
            "maxmemory-policy": "noeviction",
        }
        return [
            self.program,
            *(word for name, value in options.items() for word in (f"--{name}", str(value))),
        ]

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=5) as client:
                return bool(client.ping())
        except redis.exceptions.RedisError:
            return False


@contextlib.contextmanager
def services() -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of servers that answer. Raises NotHere where one can't be had."""
    with contextlib.ExitStack() as stack:
        urls = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        kinds: dict[str, type[Service]] = {"DATABASE_URL": Postgres, "REDIS_URL": Redis}
        for name, kind in kinds.items():
            if not urls[name]:
                urls[name] = stack.enter_context(kind()).url
        yield urls


def run(command: list[str], **urls: str) -> int:
    """The command's own exit code. Ctrl-C reaches it by the terminal; we wait for it to tidy up."""
    others = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    child = subprocess.Popen(command, env={**others, **urls})
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


def main() -> int:
    command = sys.argv[sys.argv.index("--") + 1 :]
    try:
        with services() as urls:
            return run(command, **urls)
    except NotHere as lack:
        if os.environ.get("CI") == "true":
            raise SystemExit(f"\n{lack}; with CI=true everything has to run.\n") from None
        loud = "!" * 78
        print(
            f"\n{loud}\n{lack}.\nNOT RUN: all that needs PostgreSQL or Redis. The rest, on SQLite:\n{loud}\n"
        )
        return run(command)


if __name__ == "__main__":
    raise SystemExit(main())
