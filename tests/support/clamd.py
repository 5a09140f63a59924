import socket
import struct
import threading


class FakeClamd:
    """Speaks INSTREAM, as far as the portal uses it: one answer for each file."""

    def __init__(self, answer: bytes = b"stream: OK") -> None:
        self.answer = answer
        self.seen: list[bytes] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as said:
                if said.read(10) != b"nINSTREAM\n":
                    return
                content = b""
                while size := struct.unpack("!L", said.read(4))[0]:
                    content += said.read(size)
                self.seen.append(content)
                line.sendall(self.answer + b"\n")

    def stop(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
