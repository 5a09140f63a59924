"""Work on files that a worker does after the commit."""

from psqm_portal.core import events, tasks
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import StoredFile, Upload


@events.on("upload.arrived")
def check(upload: Upload, _occasion: Occasion) -> None:
    tasks.check_upload.delay_on_commit(upload.pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@events.on("file.waits")
def look_after(stored: StoredFile, _occasion: Occasion) -> None:
    """Its scan first; a preview is made of what is clean, or isn't scanned here."""
    if stored.scan == StoredFile.Scan.PENDING:
        tasks.scan_file.delay_on_commit(stored.pk)  # type: ignore[attr-defined]  # Celery's types don't know it
    elif stored.preview == StoredFile.Preview.WAITING:
        tasks.make_preview.delay_on_commit(stored.pk)  # type: ignore[attr-defined]  # Celery's types don't know it
