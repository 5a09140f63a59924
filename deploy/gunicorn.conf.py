"""The web server of a deployment; nginx stands in front and keeps slow clients away from it."""

import os
from pathlib import Path

bind = os.environ.get("BIND") or "0.0.0.0:8000"  # in a container, where only nginx reaches it
workers = int(os.environ.get("WEB_CONCURRENCY") or 3)
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 4)
# nginx hands over a request when all of it is there, so a minute is for the portal's own work only.
timeout = 60
graceful_timeout = 30
keepalive = 5
# A leak of some library stays small.
max_requests = 5000
max_requests_jitter = 500
# The sign of life of each process; on a disk it could stop a worker that only waits for that disk.
_memory = Path("/dev") / "shm"
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
# Nothing here is steered at run time, so there is no socket to guard.
control_socket_disable = True
# nginx sets X-Forwarded-Proto anew, and nobody else reaches this port.
forwarded_allow_ips = "*"
errorlog = "-"
accesslog = None  # nginx writes it
