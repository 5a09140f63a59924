"""Files whose row is there and whose bytes are not (R08): found, logged once, told to HQ."""

import logging
from datetime import datetime

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.db.models.functions import Mod

from psqm_portal.core.models import StoredFile

# One part an hour: each file once a day, and no run longer than a task may be, with files in S3 too.
PARTS = 24

log = logging.getLogger(__name__)


def is_there(stored: StoredFile, *, now: datetime) -> bool:
    """Asks the storage; what it doesn't have is noted as lost, and as found when it has it again."""
    there = default_storage.exists(stored.key)
    if not there and stored.lost_at is None:
        if StoredFile.objects.filter(pk=stored.pk, lost_at=None).update(lost_at=now):
            log.error("The bytes of stored file %s are not there", stored.pk)
        stored.lost_at = now
    elif there and stored.lost_at is not None:
        StoredFile.objects.filter(pk=stored.pk).update(lost_at=None)
        stored.lost_at = None
    return there


def reconcile(now: datetime, part: int | None = None) -> int:
    """Looks for the bytes of every file, or of one of ``PARTS`` of them; returns how many are lost. Deleted
    ones aren't meant to be there.
    """
    rows = StoredFile.objects.filter(deleted_at=None).only("pk", "key", "lost_at")
    if part is not None:
        rows = rows.alias(part=Mod("pk", PARTS)).filter(part=part)
    return sum(not is_there(stored, now=now) for stored in rows.iterator(chunk_size=500))


def lost_files() -> QuerySet[StoredFile]:
    return StoredFile.objects.exclude(lost_at=None).filter(deleted_at=None).order_by("-lost_at", "pk")
