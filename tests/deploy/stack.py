"""The deployment without containers: nginx with our conf, gunicorn with ours, PostgreSQL and Redis."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.given import HOME, nginx_environment, passed_on
from tests.support.parent import die_with_parent
from tests.support.services import free_port

PORTAL, FILES = "portal.psqm.example", "files.psqm.example"
MAIN_CONF = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
}}
"""


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class NamedConnection(http.client.HTTPSConnection):
    """To this machine, by the name in the certificate: no name is looked up."""

    def __init__(self, name: str, port: int, trusted: Path) -> None:
        self.tls = ssl.create_default_context(cafile=str(trusted))
        super().__init__(name, port, timeout=60)

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


@dataclass
class Front:
    """A running nginx. ``ask`` speaks TLS to it and checks its certificate."""

    folder: Path
    http_port: int
    https_port: int

    def ask(
        self,
        host: str,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        name: str = "",
        **headers: str,
    ) -> Answer:
        """``name`` is the one in the TLS handshake where it isn't the Host header's."""
        connection = NamedConnection(name or host, self.https_port, self.folder / "fullchain.pem")
        with contextlib.closing(connection):
            sent = {"Host": host, **{key.replace("_", "-"): value for key, value in headers.items()}}
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())


@dataclass
class Browser:
    """Just enough of one: cookies, forms' tokens, the Referer that Django asks for over TLS."""

    front: Front
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, host: str, path: str, **more: str | bytes) -> Answer:
        if host == PORTAL and self.cookies:
            more["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.front.ask(host, path, **more)  # type: ignore[arg-type]
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer

    def sign_in(self, email: str, password: str) -> Answer:
        path = "/account/login/"
        page = self.ask(PORTAL, path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, page.text
        form = f"csrfmiddlewaretoken={token[1]}&login={email}&password={password.replace(' ', '+')}"
        return self.ask(
            PORTAL,
            path,
            method="POST",
            body=form.encode(),
            Referer=f"https://{PORTAL}{path}",
            Content_Type="application/x-www-form-urlencoded",
        )


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PORTAL)])
    today = datetime.now(UTC)  # noqa: TID251 - the certificate has to be valid for the TLS library's clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(PORTAL), x509.DNSName(FILES)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@contextlib.contextmanager
def running(
    command: list[str], *, port: int, log: Path, **options: object
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server until the end of the block; it has to listen on its port before the block begins."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it only makes a system call
            **options,  # type: ignore[call-overload]
        )
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextlib.contextmanager
def nginx(web: str, media: Path, *, without: str = "") -> Iterator[Front]:
    """deploy/nginx.conf itself, with this machine's ports and folders; for a control ``without`` a line."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is not installed"
    folder = Path(tempfile.mkdtemp(prefix="psqm-nginx-"))
    folder.chmod(0o755)  # nginx's own user reads from it
    front = Front(folder, free_port(), free_port())
    make_certificate(folder)
    values = nginx_environment(
        HTTP_PORT=f"127.0.0.1:{front.http_port}",
        HTTPS_PORT=f"127.0.0.1:{front.https_port}",
        WEB=web,
        RESOLVER="127.0.0.1",
        MEDIA_ROOT=str(media),
        TLS_FOLDER=str(folder),
    )
    conf = re.sub(
        r"\$\{([A-Z_]+)\}", lambda found: values[found[1]], (HOME / "deploy/nginx.conf").read_text()
    )
    assert without in conf
    (folder / "portal.conf").write_text(conf.replace(without, ""))
    (folder / "nginx.conf").write_text(MAIN_CONF.format(folder=folder))
    command = [program, "-p", str(folder), "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]
    try:
        with running(command, port=front.https_port, log=folder / "nginx.log"):
            yield front
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def gunicorn(environ: dict[str, str], log: Path) -> Iterator[str]:
    """deploy/gunicorn.conf.py with two processes; yields its address."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "psqm_portal.wsgi"]
    given = {**passed_on(), **environ, "BIND": address, "WEB_CONCURRENCY": "2"}
    with running(command, port=port, log=log, cwd=HOME, env=given):
        yield address
