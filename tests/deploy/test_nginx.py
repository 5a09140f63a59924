"""The real deployment from installed programs: nobody gets an upload without the portal's yes (S16)."""

import http.server
import json
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.deploy.given import HOME, manage, passed_on, portal_environment
from tests.deploy.stack import FILES, PORTAL, Answer, Browser, Front, gunicorn, nginx
from tests.support.services import Postgres, Redis

pytestmark = pytest.mark.slow


class Deployment:
    """nginx, gunicorn, PostgreSQL and Redis with a school's files; made once for this module."""

    def __init__(self, front: Front, postgres: Postgres, environ: dict[str, str], seeded: Any) -> None:
        self.front = front
        self.postgres = postgres
        self.environ = environ
        self.seeded = seeded

    def signed_in(self, who: str) -> Browser:
        browser = Browser(self.front)
        answer = browser.sign_in(self.seeded[who], self.seeded["password"])
        assert answer.status == 302, answer.text
        return browser

    def file(self, kind: str) -> Any:
        return next(file for file in self.seeded["files"] if file["kind"] == kind)

    def link(self, browser: Browser, kind: str) -> str:
        """The files origin's path that the portal sends this person to."""
        file = self.file(kind)
        answer = browser.ask(PORTAL, f"/files/{file['id']}/{urllib.parse.quote(file['name'])}")
        assert answer.status == 302, answer.text
        target = urllib.parse.urlsplit(answer.headers["Location"])
        assert (target.scheme, target.hostname) == ("https", FILES)
        return target.path

    def run(self, code: str) -> str:
        told = manage("shell", "-v", "0", "-c", code, environ=self.environ)
        assert told.returncode == 0, told.stderr
        return told.stdout


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployment]:
    folder = Path(tempfile.mkdtemp(prefix="psqm-deployed-"))
    folder.chmod(0o755)
    media = folder / "media"
    media.mkdir()
    with Postgres() as postgres, Redis(keep=True) as redis:
        environ = portal_environment(DATABASE_URL=postgres.url, REDIS_URL=redis.url, MEDIA_ROOT=str(media))
        for command in ("migrate", "collectstatic"):
            told = manage(command, "--noinput", "-v", "0", environ=environ)
            assert told.returncode == 0, told.stderr
        settings = {"DJANGO_SETTINGS_MODULE": "psqm_portal.settings.production"}
        seeded = subprocess.run(
            [sys.executable, "-m", "tests.deploy.seed"],
            cwd=HOME,
            env={**passed_on(), **environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert seeded.returncode == 0, seeded.stderr
        with gunicorn(environ | settings, folder / "gunicorn.log") as web, nginx(web, media) as front:
            yield Deployment(front, postgres, environ, json.loads(seeded.stdout))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def leader(deployed: Deployment) -> Browser:
    return deployed.signed_in("leader")


def has_content(answer: Answer, file: Any) -> bool:
    return bytes.fromhex(file["hex"]) in answer.body


@pytest.mark.parametrize(
    ("kind", "content_type", "disposition", "sandboxed"),
    [
        ("image", "image/jpeg", "inline", True),
        ("pdf", "application/pdf", "inline", False),
        (
            "word",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "attachment",
            True,
        ),
    ],
)
def test_s16_a_file_comes_from_its_own_origin(deployed, leader, kind, content_type, disposition, sandboxed):
    answer = leader.ask(FILES, deployed.link(leader, kind))
    assert (answer.status, has_content(answer, deployed.file(kind))) == (200, True)
    headers = answer.headers
    assert headers["Content-Type"] == content_type
    assert headers["Content-Disposition"].startswith(disposition)
    assert deployed.file(kind)["name"] in urllib.parse.unquote(headers["Content-Disposition"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert ("sandbox" in headers["Content-Security-Policy"]) is sandboxed
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Set-Cookie"] is None
    assert headers["X-Accel-Redirect"] is None


@pytest.mark.parametrize("host", [PORTAL, FILES])
@pytest.mark.parametrize(
    "path",
    [
        "/_uploads/{key}",
        "/%5fuploads/{key}",
        "//_uploads/{key}",
        "/f/../_uploads/{key}",
        "/f/x/..%2f..%2f_uploads/{key}",
        "/media/{key}",
        "/{key}",
        "/static/../media/{key}",
        "/files/../_uploads/{key}",
    ],
)
def test_s16_there_is_no_other_way_to_it(deployed, leader, host, path):
    file = deployed.file("image")
    address = path.format(key=file["key"])
    forged = {"X_Accel_Redirect": f"/_uploads/{file['key']}", "X_Original_URL": f"/_uploads/{file['key']}"}
    for headers in ({}, forged):
        answer = leader.ask(host, address, **headers)
        assert answer.status in {301, 302, 400, 404}
        assert not has_content(answer, file)


def test_s16_a_link_is_for_its_origin_only(deployed, leader):
    assert leader.ask(PORTAL, deployed.link(leader, "image")).status == 404


def test_s16_a_changed_link_opens_nothing(deployed, leader):
    path = deployed.link(leader, "image")
    assert leader.ask(FILES, path.replace("/f/", "/f/x")).status == 404


def test_s16_the_files_origin_has_no_pages(deployed):
    answer = deployed.front.ask(FILES, "/account/login/")
    assert (answer.status, answer.headers["Location"]) == (302, f"https://{PORTAL}/")


def test_s01_a_neighbour_gets_no_link(deployed):
    file = deployed.file("image")
    answer = deployed.signed_in("neighbour").ask(PORTAL, f"/files/{file['id']}/")
    assert answer.status == 404


def test_s04_a_link_ends_with_the_right(deployed):
    """The right is asked again at the fetch; it comes back for the tests after this one."""
    browser = deployed.signed_in("leader")
    path = deployed.link(browser, "image")
    change = "from accounts.models import User; User.objects.filter(email={!r}).update(is_active={})"
    deployed.run(change.format(deployed.seeded["leader"], False))
    try:
        assert browser.ask(FILES, path).status == 404
    finally:
        deployed.run(change.format(deployed.seeded["leader"], True))


def test_s30_plain_http_leads_to_tls(deployed):
    connection = HTTPConnection("127.0.0.1", deployed.front.http_port, timeout=10)
    connection.request("GET", "/account/login/?x=1", headers={"Host": PORTAL})
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{PORTAL}/account/login/?x=1")


def test_s30_headers_and_cookies(deployed):
    answer = deployed.front.ask(PORTAL, "/account/login/")
    assert answer.status == 200
    assert int(answer.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 365 * 24 * 3600
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "object-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Server"] == "nginx"
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert cookies
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.env", "/manage.py", "/static/../manage.py", "/static/.stamp"]
)
def test_s30_the_program_itself_is_not_served(deployed, path):
    assert deployed.front.ask(PORTAL, path).status in {302, 400, 404}


def test_s30_static_files_have_lasting_names(deployed):
    page = deployed.front.ask(PORTAL, "/account/login/").text
    path = "/static/dist/portal." + page.split("/static/dist/portal.")[1].split('"')[0]
    answer = deployed.front.ask(PORTAL, path)
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_s28_other_names_get_no_answer(deployed):
    with pytest.raises(ssl.SSLError):
        deployed.front.ask("elsewhere.example", "/")
    with pytest.raises(RemoteDisconnected):
        deployed.front.ask("elsewhere.example", "/account/login/", name=PORTAL)


def test_s28_a_forwarded_host_changes_no_link(deployed):
    answer = deployed.front.ask(PORTAL, "/account/login/", X_Forwarded_Host="elsewhere.example")
    assert answer.status == 200
    assert "elsewhere.example" not in answer.text


def test_s21_too_much_is_refused_before_it_is_read(deployed):
    answer = deployed.front.ask(
        PORTAL, "/account/login/", method="POST", Content_Length=str(200 * 1024 * 1024)
    )
    assert answer.status == 413


def test_s30_a_fault_tells_nothing_and_r16_the_database_may_restart(deployed, leader):
    deployed.postgres.stop()
    try:
        answer = leader.ask(PORTAL, "/")
        assert answer.status == 500
        assert "Traceback" not in answer.text
        assert "psycopg" not in answer.text
        assert deployed.front.ask(PORTAL, "/healthz").status == 200
    finally:
        deployed.postgres.start()
    assert deployed.signed_in("leader").ask(PORTAL, "/").status == 200


class Talkative(http.server.BaseHTTPRequestHandler):
    """A backend that would give everything away, and remembers what nginx told it."""

    seen: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers.items()))
        self.send_response(200)
        self.send_header("X-Accel-Redirect", "/_uploads/secret.txt")
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"nothing")

    def log_message(self, *args: object) -> None:
        """Not a word: nobody reads it."""


@pytest.fixture
def talkative(request: pytest.FixtureRequest) -> Iterator[Front]:
    folder = Path(tempfile.mkdtemp(prefix="psqm-media-"))
    folder.chmod(0o755)
    (folder / "secret.txt").write_text("secret")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Talkative)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Talkative.seen.clear()
    try:
        with nginx(f"127.0.0.1:{server.server_port}", folder, without=getattr(request, "param", "")) as front:
            yield front
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        shutil.rmtree(folder)


def test_s16_only_the_files_origin_follows_the_portals_word(talkative):
    assert talkative.ask(PORTAL, "/").body == b"nothing"
    followed = talkative.ask(FILES, "/f/link/name")
    assert followed.body == b"secret"
    assert followed.headers["Content-Security-Policy"].endswith("sandbox")


def test_s08_what_a_client_says_of_itself_is_dropped(talkative):
    said = {
        "X_Forwarded_For": "192.0.2.7",
        "X_Forwarded_Proto": "http",
        "X_Forwarded_Host": "elsewhere.example",
    }
    talkative.ask(PORTAL, "/", Cookie="a=1", Forwarded="for=192.0.2.7", **said)
    talkative.ask(FILES, "/f/link/name", Cookie="a=1", **said)
    for told in Talkative.seen:
        assert told["X-Forwarded-For"] == "127.0.0.1"
        assert told["X-Forwarded-Proto"] == "https"
        assert "X-Forwarded-Host" not in told
        assert "Forwarded" not in told
    assert [told.get("Cookie") for told in Talkative.seen] == ["a=1", None]


@pytest.mark.parametrize("talkative", ["internal;"], indirect=True)
def test_s16_control_without_its_guard_the_folder_is_open(talkative):
    """What the tests above would see if nginx.conf lost its one word."""
    assert talkative.ask(FILES, "/_uploads/secret.txt").body == b"secret"
