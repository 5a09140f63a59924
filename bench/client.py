"""A small HTTP client that costs little beside the server it measures: one connection for each request."""

import socket
import threading
import time
from dataclasses import dataclass, field

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    seconds: float
    status: int
    headers: dict[str, str]
    size: int


@dataclass(slots=True)
class Load:
    """Many answers to one page: ``seconds`` each, and how long all of them took."""

    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    def percentile(self, part: float) -> float:
        """In milliseconds, by the nearest rank."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took


def get(port: int, path: str, session: str, *, probe: bool = False) -> Answer:
    """Ask for a page and read it whole. Raises RuntimeError for anything but 200."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        f"Cookie: sessionid={session}",
        *(["X-Bench: yes"] if probe else []),
        "Connection: close",
    ]
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        parts = []
        while part := connection.recv(262_144):
            parts.append(part)
    seconds = time.perf_counter() - began
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    status = int(first.split(" ")[1])
    if status != 200:
        raise RuntimeError(f"{path} answered {first}")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Answer(seconds, status, headers, len(body))


def load(port: int, path: str, session: str, *, samples: int, connections: int) -> Load:
    """At least ``samples`` answers, asked for by so many at a time."""
    result, lock = Load(), threading.Lock()
    each = -(-samples // connections)
    failed: list[Exception] = []

    def ask() -> None:
        try:
            seconds = [get(port, path, session).seconds for _ in range(each)]
        except Exception as error:  # noqa: BLE001 - handed on to the thread that waits
            failed.append(error)
            return
        with lock:
            result.seconds.extend(seconds)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.took = time.perf_counter() - began
    if failed:
        raise failed[0]
    return result
