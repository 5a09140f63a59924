"""A mail server that behaves as told: takes mail, hangs, refuses for now or for good, dies after it took one.

Everything it accepted is kept, whether or not it said so.
"""

import contextlib
import email
import socket
import socketserver
import threading
from collections.abc import Iterator
from email.message import Message

OK, HANG, LATER, NEVER, CUT, DIE = "ok", "hang", "4xx", "5xx", "cut", "die after accept"


class MailServer:
    """``mode`` may change at any time; ``die_once`` keeps one mail and closes without an answer, once."""

    def __init__(self) -> None:
        self.mode = OK
        self.die_once = False
        self.connections = 0
        self.accepted: list[Message] = []
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.told = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, data: bytes) -> bool:
        """False: it was kept, and the connection dies before the answer."""
        self.accepted.append(email.message_from_bytes(data))
        dies, self.die_once = self.die_once, False
        return not dies


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    told: MailServer


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        told = self.server.told
        told.connections += 1
        with contextlib.suppress(OSError):
            if told.mode == CUT:
                return
            if told.mode == HANG:
                self.rfile.read(1)  # until the client gives up
                return
            self._say("220 here")
            while line := self.rfile.readline():
                if not self._answer(line.decode().strip().upper(), told):
                    return

    def _answer(self, word: str, told: MailServer) -> bool:
        if word.startswith("QUIT"):
            self._say("221 bye")
            return False
        if word.startswith("RCPT") and told.mode == LATER:
            return self._say("451 4.3.0 Try again later")
        if word.startswith("RCPT") and told.mode == NEVER:
            return self._say("550 5.7.1 Not from you")
        if word != "DATA":
            return self._say("250 fine")
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return told.take(b"".join(lines)) and self._say("250 taken")

    def _say(self, words: str) -> bool:
        self.wfile.write(f"{words}\r\n".encode())
        return True


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    try:
        yield server
    finally:
        server.close()


def nobody_listens() -> int:
    """A port that refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
