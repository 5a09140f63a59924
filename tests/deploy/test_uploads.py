"""Uploads through the real servers: cut anywhere (R06), 200 MB in little memory, scanned by clamd (S20)."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from psqm_portal.core.files import uploads
from tests.deploy.given import HOME, manage, passed_on, portal_environment
from tests.deploy.stack import PORTAL, Browser, nginx, running
from tests.psqm_portal.core import hostile
from tests.support.services import Postgres, Redis, Service, free_port

pytestmark = pytest.mark.slow
MB = 1024 * 1024
PIECE = 2 * MB
HELD = uploads.PIECE  # what a web process holds before it is kept
MOST_MEMORY = 300  # MB, of one web process


class Web:
    """gunicorn with our conf and one process, which a test may kill and start again."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.environ, self.log, self.port = environ, folder / "web.log", free_port()
        self.stack = contextlib.ExitStack()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "deploy/gunicorn.conf.py",
            "psqm_portal.wsgi",
        ]
        given = {**passed_on(), **self.environ, "BIND": f"127.0.0.1:{self.port}", "WEB_CONCURRENCY": "1"}
        self.process = self.stack.enter_context(
            running(command, port=self.port, log=self.log, cwd=HOME, env=given)
        )

    def stop(self) -> None:
        self.stack.close()

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_worker(self) -> None:
        """gunicorn's master starts another one."""
        (old,) = self.workers
        os.kill(old, signal.SIGKILL)
        end = time.monotonic() + 30
        while self.workers in ([], [old]):
            assert time.monotonic() < end
            time.sleep(0.05)

    def peak(self) -> float:
        """The most MB that the web process ever held."""
        (pid,) = self.workers
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


class Place:
    """A portal with a school's subject leader signed in; ``ask`` goes past nginx, as a test of R06 must."""

    def __init__(self, environ: dict[str, str], web: Web, media: Path, seeded: Any, browser: Browser) -> None:
        self.environ, self.web, self.media, self.seeded, self.browser = environ, web, media, seeded, browser
        page = browser.ask(PORTAL, self.path("evidence/new/")).text
        self.token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

    def path(self, of: str) -> str:
        return f"/submissions/{self.seeded['submission']}/{of}"

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        return {
            "Host": PORTAL, "Cookie": cookies, "X-Forwarded-Proto": "https", "X-CSRFToken": self.token,
            "Referer": f"https://{PORTAL}/", "Tus-Resumable": "1.0.0",
        }  # fmt: skip

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        line = HTTPConnection("127.0.0.1", self.web.port, timeout=120)
        with contextlib.closing(line):
            line.request(method, path, body=body, headers={**self.headers, **more})
            answer = line.getresponse()
            answer.read()
            return answer

    def begin(self, name: str, size: int) -> str:
        named = b64encode(name.encode()).decode()
        answer = self.ask(
            "POST", self.path("uploads/"), Upload_Length=str(size), Upload_Metadata=f"filename {named}"
        )
        assert answer.status == 201
        return str(answer.headers["Location"])

    def offset(self, upload: str) -> int:
        answer = self.ask("HEAD", upload)
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    def send(self, upload: str, content: Path, upto: int | None = None, piece: int = PIECE) -> None:
        """From where it stopped."""
        size = content.stat().st_size
        with content.open("rb") as file:
            while (at := self.offset(upload)) < min(upto or size, size):
                file.seek(at)
                answer = self.ask(
                    "PATCH", upload, file.read(piece), Upload_Offset=str(at),
                    Content_Type="application/offset+octet-stream",
                )  # fmt: skip
                assert answer.status == 204

    def cut(self, upload: str, content: Path, part: float, *, kill: bool) -> int:
        """One request for all that is left; after ``part`` of it the line, or the web process, is gone."""
        size, at = content.stat().st_size, self.offset(upload)
        head = {
            **self.headers, "Upload-Offset": str(at), "Content-Length": str(size - at),
            "Content-Type": "application/offset+octet-stream",
        }  # fmt: skip
        lines = [f"PATCH {upload} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        with socket.create_connection(("127.0.0.1", self.web.port), 30) as line, content.open("rb") as file:
            line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            file.seek(at)
            left = int((size - at) * part)
            with contextlib.suppress(OSError):
                while left > 0:
                    line.sendall(chunk := file.read(min(256 * 1024, left)))
                    left -= len(chunk)
            sent = at + int((size - at) * part)
            end = time.monotonic() + 30
            while self.offset(upload) <= sent - HELD and time.monotonic() < end:
                time.sleep(0.05)
            if kill:
                self.web.kill_worker()
        return sent

    def run(self, code: str) -> str:
        told = manage("shell", "-v", "0", "-c", code, environ=self.environ)
        assert told.returncode == 0, told.stderr
        return told.stdout.strip()

    def check(self) -> str:
        """What a worker does with what has come; says how each upload stands."""
        return self.run(
            "from psqm_portal.core.clock import now\n"
            "from psqm_portal.core.files import uploads\n"
            "from psqm_portal.core.models import Upload\n"
            "for one in Upload.objects.filter(status='checking'): uploads.check_arrived(one.pk, now=now())\n"
            "print(' '.join(Upload.objects.values_list('status', flat=True)))"
        )

    def swept(self) -> list[str]:
        """What lies in the storage without a row, once the sweeps of the days to come have been."""
        rows = self.run(
            "from datetime import timedelta\n"
            "from psqm_portal.core.clock import now\n"
            "from psqm_portal.core.files import storing, uploads\n"
            "from psqm_portal.core.models import StoredFile, Upload\n"
            "uploads.sweep(now() + timedelta(days=40))\n"
            "assert not Upload.objects.exists()\n"
            "storing.sweep_orphans(now() + timedelta(days=40))\n"
            "print('\\n'.join(StoredFile.objects.values_list('key', flat=True)))"
        ).splitlines()
        there = {str(path.relative_to(self.media)) for path in self.media.rglob("*") if path.is_file()}
        return sorted(there ^ set(rows))


def film(folder: Path, megabytes: int) -> Path:
    path = folder / f"film-{megabytes}.mp4"
    start = hostile.film()
    with path.open("wb") as file:
        file.write(start)
        left = megabytes * MB - len(start)
        file.write(left.to_bytes(4, "big") + b"free")
        file.truncate(megabytes * MB)
    return path


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="psqm-uploads-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def place(folder: Path) -> Iterator[Place]:
    media = folder / "media"
    media.mkdir()
    with Postgres() as postgres, Redis(keep=True) as redis:
        environ = portal_environment(DATABASE_URL=postgres.url, REDIS_URL=redis.url, MEDIA_ROOT=str(media))
        environ |= {"DJANGO_SETTINGS_MODULE": "psqm_portal.settings.production"}
        for command in ("migrate", "collectstatic"):
            told = manage(command, "--noinput", "-v", "0", environ=environ)
            assert told.returncode == 0, told.stderr
        seeded = subprocess.run(
            [sys.executable, "-m", "tests.deploy.seed"],
            cwd=HOME, env={**passed_on(), **environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert seeded.returncode == 0, seeded.stderr
        made = json.loads(seeded.stdout)
        web = Web(environ, folder)
        web.start()
        try:
            with nginx(f"127.0.0.1:{web.port}", media) as front:
                browser = Browser(front)
                assert browser.sign_in(made["leader"], made["password"]).status == 302
                yield Place(environ, web, media, made, browser)
        finally:
            web.stop()


@pytest.mark.parametrize("kill", [False, True], ids=["line", "process"])
@pytest.mark.parametrize("part", [0.01, 0.5, 0.99])
def test_r06_cut_anywhere_it_goes_on_and_leaves_nothing(place: Place, folder: Path, part: float, kill: bool):
    content = film(folder, 30)
    upload = place.begin("film.mp4", content.stat().st_size)
    sent = place.cut(upload, content, part, kill=kill)
    end = time.monotonic() + 20
    while not kill and place.offset(upload) < sent and time.monotonic() < end:
        time.sleep(0.1)
    kept = place.offset(upload)
    assert kept <= sent
    assert kept == sent or kill  # a killed process takes the piece with it that it held
    assert sent - kept < HELD
    place.send(upload, content)
    assert place.check() == "checked"
    assert place.swept() == []


def test_r06_left_alone_after_a_cut_nothing_stays(place: Place, folder: Path):
    content = film(folder, 30)
    for part in (0.01, 0.5, 0.99):
        place.cut(place.begin("film.mp4", content.stat().st_size), content, part, kill=False)
    assert place.swept() == []


def test_r06_pieces_that_vanish_are_told(place: Place, folder: Path):
    content = film(folder, 30)
    upload = place.begin("film.mp4", content.stat().st_size)
    place.send(upload, content, upto=10 * MB)
    shutil.rmtree(place.media / "arriving")
    place.send(upload, content)
    assert place.check() == "refused"
    page = place.browser.ask(PORTAL, place.path("evidence/new/"))
    assert page.status == 200
    assert "The file film.mp4 didn&#x27;t arrive completely. Choose it again." in page.text
    assert place.swept() == []


@pytest.mark.parametrize("way", ["pieces through nginx", "one request", "a form without scripts"])
def test_200_mb_keep_the_web_process_small(place: Place, folder: Path, way: str):
    content = film(folder, 200)
    place.web.kill_worker()
    place.browser.ask(PORTAL, place.path("evidence/new/"))
    if way == "a form without scripts":
        _sends_a_form(place, content)
    else:
        upload = place.begin("film.mp4", content.stat().st_size)
        if way == "one request":
            place.send(upload, content, piece=200 * MB)
        else:
            _sends_pieces_through_nginx(place, upload, content)
    peak = place.web.peak()
    assert peak < MOST_MEMORY, f"{way}: {peak:.0f} MB"
    assert place.check() == "checked"
    assert place.swept() == []


def _sends_pieces_through_nginx(place: Place, upload: str, content: Path) -> None:
    headers = {name.replace("-", "_"): value for name, value in place.headers.items()}
    for name in ("Host", "Cookie", "X_Forwarded_Proto"):
        del headers[name]
    with content.open("rb") as file:
        for at in range(0, content.stat().st_size, PIECE):
            answer = place.browser.ask(
                PORTAL, upload, method="PATCH", body=file.read(PIECE), Upload_Offset=str(at),
                Content_Type="application/offset+octet-stream", **headers,
            )  # fmt: skip
            assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(at + PIECE))


def _sends_a_form(place: Place, content: Path) -> None:
    edge = "----------psqm"
    start = (
        f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{place.token}\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="film.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    )
    body = start.encode() + content.read_bytes() + f"\r\n--{edge}--\r\n".encode()
    answer = place.browser.ask(
        PORTAL, place.path("evidence/new/"), method="POST", body=body,
        Referer=f"https://{PORTAL}/", Content_Type=f"multipart/form-data; boundary={edge}",
    )  # fmt: skip
    assert answer.status == 200
    assert "Say whether children can be recognised" in answer.text


class Clamd(Service):
    """Debian's clamd with one signature, ours, made on the spot: no database of viruses is fetched."""

    SIGN = b"psqm-harmless-test-sign"

    def __init__(self, most: int) -> None:
        super().__init__()
        (self.folder / "db").mkdir()
        (self.folder / "db" / "psqm.ndb").write_text(f"Psqm.Test:0:*:{self.SIGN.hex()}\n")
        size = f"{most // MB}M"
        (self.folder / "clamd.conf").write_text(
            f"Foreground yes\nTCPSocket {self.port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {self.folder}/db\n"
            f"StreamMaxLength {size}\nMaxFileSize {size}\nMaxScanSize {size}\nUser root\n"
        )

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "clamd is not installed"
        return [program, "--config-file", str(self.folder / "clamd.conf")]

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(b"nPING\n")
            return line.recv(10).startswith(b"PONG")
        return False


@pytest.mark.django_db
def test_s20_clamd_itself(settings, tmp_path: Path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from psqm_portal.core.clock import now
    from psqm_portal.core.files import scanning
    from psqm_portal.core.files.storing import BadFile, store
    from psqm_portal.core.models import StoredFile

    def kept(name: str, content: bytes) -> StoredFile:
        return store(SimpleUploadedFile(name, content), owner="school-1", by=None, now=now())

    def scan_of(stored: StoredFile) -> str:
        scanning.scan(stored.pk)
        return StoredFile.objects.get(pk=stored.pk).scan

    settings.MEDIA_ROOT = tmp_path
    settings.CLAMAV_MAX_BYTES = 4 * MB
    with Clamd(most=4 * MB) as clamd:
        settings.CLAMAV_URL = clamd.url
        clean = kept("film.mp4", hostile.film())
        bad = kept("bad.mp4", hostile.film() + hostile.box(b"free", Clamd.SIGN))
        assert not StoredFile.served().exists()
        assert [scan_of(clean), scan_of(bad)] == ["clean", "infected"]
        assert list(StoredFile.served()) == [clean]
        with pytest.raises(BadFile, match="the scanner takes up to 4 MB"):
            kept("large.mp4", hostile.film() + hostile.box(b"free", Clamd.SIGN + bytes(5 * MB)))
        settings.CLAMAV_MAX_BYTES = 100 * MB  # as if somebody had set it above clamd's own
        large = kept("large.mp4", hostile.film() + hostile.box(b"free", bytes(5 * MB)))
        assert scan_of(large) == "pending"
        clamd.stop()
        waiting = kept("other.mp4", hostile.film() + hostile.box(b"free", b"other"))
        assert scan_of(waiting) == "pending"
        clamd.start()
        assert scan_of(waiting) == "clean"
    assert set(StoredFile.served()) == {clean, waiting}
