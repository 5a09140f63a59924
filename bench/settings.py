"""The portal as the bench runs it: no secrets, DATABASE_URL's server, connections kept as in a deployment."""

import os
import tempfile
from pathlib import Path

from psqm_portal.settings.databases import postgresql, sqlite
from psqm_portal.settings.local import *  # noqa: F403 - settings modules extend each other this way
from psqm_portal.settings.local import MIDDLEWARE

_folder = Path(os.environ.get("BENCH_DIR") or tempfile.gettempdir())

PORTAL_ORIGIN = "http://localhost"
FILES_ORIGIN = "http://127.0.0.1"
DATABASES = {
    "default": (
        postgresql(os.environ["DATABASE_URL"])
        if os.environ.get("DATABASE_URL")
        else sqlite(_folder / "psqm-bench.sqlite3")
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = 60
MEDIA_ROOT = _folder / "psqm-bench-media"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
CELERY_BROKER_URL = "memory://"
# Outermost, so that it sees the queries of all the others. It counts only when a request asks for it.
MIDDLEWARE = ["bench.probe.ProbeMiddleware", *MIDDLEWARE]
