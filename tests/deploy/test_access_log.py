"""What nginx writes down of a request: never the secret of a link (S11)."""

import http.server
import threading

import pytest

from tests.deploy.stack import FILES, PORTAL, Browser, nginx
from tests.support.worker import wait_for

pytestmark = pytest.mark.slow


class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def web():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_s11_the_log_leaves_the_secret_of_a_link_out(web, tmp_path):
    secret = "mailed-secret-4711"
    paths = [
        (PORTAL, f"/invitations/{secret}/"),
        (PORTAL, f"/agreement/{secret}/?from={secret}"),
        (PORTAL, f"/invited/{secret}/never-again/"),
        (PORTAL, f"/become-a-hub-leader/open/{secret}/"),
        (PORTAL, f"/account/password/reset/key/3-{secret}/"),
        (FILES, f"/f/{secret}/photo.jpg"),
        (PORTAL, f"/calendar/12.{secret}.ics"),
        (PORTAL, "/submissions/12/"),
    ]
    with nginx(web, tmp_path) as front:
        for host, path in paths:
            came_from = f"https://{PORTAL}/invitations/{secret}/"
            assert Browser(front).ask(host, path, Referer=came_from).status == 200
        written = front.folder / "nginx.log"
        # A line is written when its answer is out.
        wait_for(lambda: "/submissions/12/" in written.read_text(), seconds=30, log=written.read_text)
        log = written.read_text()
    assert secret not in log
    for line in ('"GET /invitations/-" 200', '"GET /agreement/-" 200', '"GET /f/-" 200',
                 '"GET /invited/-" 200', '"GET /become-a-hub-leader/open/-" 200', '"GET /calendar/-" 200',
                 '"GET /account/password/reset/key/-" 200', '"GET /submissions/12/" 200'):  # fmt: skip
        assert line in log
