"""The demonstration: everything in one folder (DEMO_DIR), no server beside it. Never a deployment."""

import os
from pathlib import Path

from psqm_portal.settings.badge_keys import own_key
from psqm_portal.settings.broker import filesystem_broker
from psqm_portal.settings.databases import sqlite
from psqm_portal.settings.local import *  # noqa: F403 - settings modules extend each other this way
from psqm_portal.settings.local import BASE_DIR, CONTENT_SECURITY_POLICY, INSTALLED_APPS

PORT = int(os.environ.get("PORT", "8000"))
DEMO_DIR = Path(os.environ.get("DEMO_DIR") or BASE_DIR / ".demo").resolve()
DEMO_DIR.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = [*INSTALLED_APPS, "psqm_portal.demo"]
PORTAL_ORIGIN = f"http://localhost:{PORT}"
FILES_ORIGIN = f"http://127.0.0.1:{PORT}"
CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(FILES_ORIGIN)  # type: ignore[attr-defined]
DATABASES = {"default": sqlite(DEMO_DIR / "portal.sqlite3")}
MEDIA_ROOT = DEMO_DIR / "media"
BADGE_KEY = own_key(DEMO_DIR / "badge.key")
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DEMO_DIR / "mail"
globals().update(filesystem_broker(DEMO_DIR / "broker"))
SECOND_FACTOR_WAIVED = frozenset({"hq@demo.example", "finance@demo.example", "viewer@demo.example"})
