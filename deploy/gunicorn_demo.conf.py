"""The demonstration's web server; deploy/demo.py starts it. For a deployment's see gunicorn.conf.py."""

import signal

worker_class = "gthread"
threads = 8
graceful_timeout = 5
loglevel = "warning"
control_socket_disable = True


def post_worker_init(_worker: object) -> None:
    """Ctrl-C is for the master, which ends its worker: a second signal can lock it up in its handler."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
