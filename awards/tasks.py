from celery import shared_task

from awards.domain import certificates
from psqm_portal.core.clock import now


@shared_task(name="awards.tasks.make_certificate")
def make_certificate(certificate_id: int) -> None:
    certificates.make(certificate_id, now=now())


@shared_task(name="awards.tasks.sweep_certificates")
def sweep_certificates() -> None:
    """Sends again what is due and not made; in the worker, so outside any transaction."""
    for certificate_id in certificates.waiting(now=now()):
        make_certificate.delay_on_commit(certificate_id)  # type: ignore[attr-defined]  # Celery's types don't know it
