"""Loaded into a test's Celery worker (`--include tests.support.in_worker`): what the test says of its world.

TEST_NOW      the worker's calendar, which then runs on
TEST_NOW_FILE a file that holds the instant at which the portal's clock stands, read at every look
TEST_ORIGIN   where the portal is served
TEST_MAIL     a folder that gets the mail
TEST_CLAMD    where the virus scanner is
TEST_HANG     "module:function:before" or "...:after": stops there for ever, once, and says so in the log.
              The file TEST_HANG_ONCE is there until then.
"""

import importlib
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from django.conf import settings
from django.utils import timezone

HANGING = "Hanging in the middle of the task."


def _hang(place: str, flag: Path) -> None:
    module_name, name, when = place.split(":")
    module = importlib.import_module(module_name)
    real = getattr(module, name)

    def hanging(*args: Any, **kwargs: Any) -> Any:
        done = real(*args, **kwargs) if when == "after" else None
        if flag.exists():
            flag.unlink()
            logging.getLogger("celery").warning(HANGING)
            threading.Event().wait()
        return done if when == "after" else real(*args, **kwargs)

    setattr(module, name, hanging)


if clock := os.environ.get("TEST_NOW_FILE"):
    # The portal's own clock alone; the broker's and the pool's run on.
    _clock = Path(clock)
    timezone.now = lambda: datetime.fromisoformat(_clock.read_text())
if now := os.environ.get("TEST_NOW"):
    time_machine.travel(now, tick=True).start()
if origin := os.environ.get("TEST_ORIGIN"):
    settings.PORTAL_ORIGIN = origin
if folder := os.environ.get("TEST_MAIL"):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = folder
if scanner := os.environ.get("TEST_CLAMD"):
    settings.CLAMAV_URL, settings.CLAMAV_MAX_BYTES = scanner, 1024**3
if place := os.environ.get("TEST_HANG"):
    _hang(place, Path(os.environ["TEST_HANG_ONCE"]))
