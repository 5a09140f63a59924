from celery import shared_task

from psqm_portal.core import drafts, sendings
from psqm_portal.core.clock import now
from psqm_portal.core.files import lost, previews, scanning, storing, uploads


@shared_task
def sweep_orphans() -> None:
    storing.sweep_orphans(now())


@shared_task
def sweep_typed() -> None:
    """Words that nobody came back to, and yesterday's sendings."""
    drafts.sweep(now())
    sendings.sweep(now())


@shared_task
def check_upload(pk: int) -> None:
    uploads.check_arrived(pk, now=now())


@shared_task
def sweep_uploads() -> None:
    uploads.sweep(now())


@shared_task
def make_preview(pk: int) -> None:
    previews.make(pk)


@shared_task
def sweep_previews() -> None:
    for pk in previews.waiting(now()):
        make_preview.delay_on_commit(pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task
def scan_file(pk: int) -> None:
    scanning.scan(pk)


@shared_task
def sweep_scans() -> None:
    for pk in scanning.waiting(now()):
        scan_file.delay_on_commit(pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@shared_task
def find_lost_files() -> None:
    moment = now()
    lost.reconcile(moment, part=moment.hour)
