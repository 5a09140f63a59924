"""What 200 MB on their way in do to a page of somebody else: the list, quiet and beside an upload by tus."""

import http.client
import re
import threading
import time
from contextlib import closing
from typing import Any

from bench.client import Load, load

MB = 1024 * 1024
SIZE, PIECE = 200 * MB, 2 * MB


class Uploader(threading.Thread):
    """A school's leader whose browser sends 2 MB after 2 MB; ``seconds`` is what all of it took."""

    def __init__(self, port: int, page: dict[str, str]) -> None:
        super().__init__()
        self.port, self.page = port, page
        self.seconds: float | None = None
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            with closing(http.client.HTTPConnection("localhost", self.port, timeout=60)) as line:
                self._send(line)
        except Exception as error:  # noqa: BLE001 - handed on to the thread that waits
            self.failed = error

    def _send(self, line: http.client.HTTPConnection) -> None:
        headers = {"Cookie": f"sessionid={self.page['session']}"}
        line.request("GET", self.page["path"] + "evidence/new/", headers=headers)
        answer = line.getresponse()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        cookie = re.search(r"csrftoken=\w+", answer.headers["Set-Cookie"] or "")
        if token is None or cookie is None:
            raise RuntimeError(f"No page to upload from: {answer.status}")
        headers = {
            "Cookie": f"{headers['Cookie']}; {cookie[0]}", "X-CSRFToken": token[1], "Tus-Resumable": "1.0.0",
        }  # fmt: skip
        begin = {**headers, "Upload-Length": str(SIZE), "Upload-Metadata": "filename ZmlsbS5tcDQ="}
        line.request("POST", self.page["path"] + "uploads/", headers=begin)
        answer = line.getresponse()
        answer.read()
        upload, piece, began = answer.headers["Location"], bytes(PIECE), time.perf_counter()
        for at in range(0, SIZE, PIECE):
            more = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
            line.request("PATCH", upload, body=piece, headers={**headers, **more})
            answer = line.getresponse()
            answer.read()
            if answer.status != 204:
                raise RuntimeError(f"A piece at {at} was answered {answer.status}")
        self.seconds = time.perf_counter() - began
        line.request("DELETE", upload, headers=headers)
        line.getresponse().read()


def beside_an_upload(port: int, pages: dict[str, dict[str, str]], samples: int) -> dict[str, Any]:
    """The list at one connection: quiet, and asked for as long as the upload lasts."""
    page = pages["list"]
    quiet = load(port, page["path"], page["session"], samples=samples, connections=1)
    uploader = Uploader(port, pages["one submission"])
    uploader.start()
    beside = Load()
    while uploader.is_alive():
        one = load(port, page["path"], page["session"], samples=4, connections=1)
        beside.seconds += one.seconds
        beside.took += one.took
    uploader.join()
    if uploader.failed:
        raise uploader.failed
    return {"quiet": _cell(quiet), "beside": _cell(beside), "upload_seconds": uploader.seconds}


def _cell(measured: Load) -> dict[str, Any]:
    return {
        "samples": len(measured.seconds),
        "p50_ms": measured.percentile(0.50),
        "p95_ms": measured.percentile(0.95),
    }


def table(runs: list[dict[str, Any]]) -> str:
    lines = ["The list while 200 MB arrive (two web processes, one connection)"]
    for run in runs:
        cells = run["uploads"]
        quiet, beside = cells["quiet"], cells["beside"]
        lines.append(
            f"  {run['submissions']:>7,} rows: p50 {quiet['p50_ms']:.0f} to {beside['p50_ms']:.0f} ms, "
            f"p95 {quiet['p95_ms']:.0f} to {beside['p95_ms']:.0f} ms; "
            f"{beside['samples']} asked in the {cells['upload_seconds']:.1f} s of the upload"
        )
    return "\n".join(lines)
