"""Child processes that see what the tests see."""

import os
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from psqm_portal.celery import app

HOME = Path(__file__).resolve().parent.parent.parent


def environment(**more: str) -> dict[str, str]:
    """For a process with this test's own database, broker and uploads (settings/test.py reads it)."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "psqm_portal.settings.test",
        "TEST_DIR": str(Path(settings.MEDIA_ROOT).parent),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(HOME),
    }
    database = connection.settings_dict
    if connection.vendor == "postgresql":
        person = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
        environ["DATABASE_URL"] = (
            f"postgresql://{person}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        )
    if app.conf.broker_url.startswith("redis"):
        environ["REDIS_URL"] = app.conf.broker_url
    return {**environ, **more}
