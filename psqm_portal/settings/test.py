"""The tests: PostgreSQL and Redis where DATABASE_URL and REDIS_URL name them, else neither."""

import os
import tempfile
from pathlib import Path

from psqm_portal.settings.badge_keys import own_key
from psqm_portal.settings.broker import filesystem_broker
from psqm_portal.settings.databases import postgresql, sqlite
from psqm_portal.settings.local import *  # noqa: F403 - settings modules extend each other this way
from psqm_portal.settings.local import CONTENT_SECURITY_POLICY

_folder = Path(os.environ.get("TEST_DIR") or tempfile.mkdtemp(prefix="psqm-test-"))

PORTAL_ORIGIN = "http://localhost"
FILES_ORIGIN = "http://127.0.0.1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append("http://127.0.0.1:*")  # type: ignore[attr-defined]
DATABASES = {
    "default": (
        postgresql(os.environ["DATABASE_URL"])
        if os.environ.get("DATABASE_URL")
        else sqlite(_folder / "portal.sqlite3")
    )
}
MEDIA_ROOT = _folder / "media"
BADGE_KEY = own_key(_folder / "badge.key")
# Each test client is a new handler, which would first list every static file there is: 0.2 s.
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAIL_WEBHOOKS = "postmark"
ANYMAIL = {"WEBHOOK_SECRET": "postmark:for-tests", "IGNORE_UNSUPPORTED_FEATURES": True}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if os.environ.get("REDIS_URL"):
    CELERY_BROKER_URL = os.environ["REDIS_URL"]
    # A worker killed while it gives tasks back leaves their lock behind: five minutes, were it not said.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 5, "unacked_mutex_expire": 5}
else:
    globals().update(filesystem_broker(_folder / "broker"))
