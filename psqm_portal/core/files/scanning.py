"""Virus scan by clamd, where CLAMAV_URL names one: a file is held back until clamd called it clean (S20)."""

import logging
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import StoredFile

TIMEOUT = 120
STALE = timedelta(minutes=5)

log = logging.getLogger(__name__)


def scan(pk: int) -> None:
    """Asks clamd; where it can't be asked, the file goes on waiting and the sweep asks again."""
    stored = StoredFile.objects.filter(pk=pk, scan=StoredFile.Scan.PENDING).first()
    if stored is None or not settings.CLAMAV_URL:
        return
    if stored.size > settings.CLAMAV_MAX_BYTES:  # the limit was lowered since; clamd would say OK unread
        log.warning("Stored file %s is above the scanner's size", pk)
        return
    try:
        with default_storage.open(stored.key) as file:
            readable: Any = file
            word, what = _clamd().instream(readable).get("stream", ("", ""))
    except FileNotFoundError:
        return  # what looks for lost files finds it
    except (ClamdError, OSError) as away:
        # Too long for clamd is among these: what wasn't scanned is never called clean.
        log.warning("Stored file %s couldn't be scanned: %s", pk, away)
        return
    if word == "OK":
        _settle(stored, StoredFile.Scan.CLEAN)
    elif word == "FOUND":
        log.warning("clamd found %s in stored file %s", what, pk)
        _settle(stored, StoredFile.Scan.INFECTED)
    else:
        log.warning("Stored file %s couldn't be scanned: %s %s", pk, word, what)


@transaction.atomic
def _settle(stored: StoredFile, found: str) -> None:
    StoredFile.objects.filter(pk=stored.pk, scan=StoredFile.Scan.PENDING).update(scan=found)
    if found == StoredFile.Scan.CLEAN:
        stored.scan = found
        events.publish("file.waits", stored, Occasion(by=None, now=stored.stored_at))


def waiting(now: datetime) -> list[int]:
    late = StoredFile.objects.filter(scan=StoredFile.Scan.PENDING, stored_at__lte=now - STALE, lost_at=None)
    return list(late.order_by("pk").values_list("pk", flat=True)[:500])


def _clamd() -> ClamdNetworkSocket | ClamdUnixSocket:
    address = urlsplit(settings.CLAMAV_URL)
    if address.scheme == "unix":
        return ClamdUnixSocket(path=address.path, timeout=TIMEOUT)
    return ClamdNetworkSocket(host=address.hostname or "", port=address.port or 3310, timeout=TIMEOUT)
