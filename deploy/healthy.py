"""Whether one of the deployment's containers does its work: `python deploy/healthy.py web|worker|beat`."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

# Beat writes its schedule every three minutes.
BEAT_SECONDS = 600


def web() -> bool:
    """By the portal's own name: others are refused."""
    host = urlsplit(os.environ["PORTAL_ORIGIN"]).hostname or ""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    connection.request("GET", "/healthz", headers={"Host": host})
    return connection.getresponse().status == http.HTTPStatus.OK


def worker() -> bool:
    me = f"celery@{os.uname().nodename}"
    ping = [sys.executable, "-m", "celery", "-A", "psqm_portal", "inspect", "ping", "-t", "5", "-d", me]
    return subprocess.run(ping, capture_output=True, check=False).returncode == 0


def beat() -> bool:
    schedule = Path(os.environ["BEAT_SCHEDULE"])
    written = [file.stat().st_mtime for file in schedule.parent.glob(schedule.name + "*")]
    return bool(written) and time.time() - max(written) < BEAT_SECONDS


if __name__ == "__main__":
    try:
        is_well = {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]()
    except OSError as lack:
        raise SystemExit(str(lack)) from lack
    raise SystemExit(not is_well)
