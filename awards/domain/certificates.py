"""The certificate of an award: a row that asks for it, and the PDF a worker makes.

The row is the job. Rendering comes first and writes nothing; the file and the row's end come after it, the
row locked: killed at any step, the sweep asks again and the second run ends what the first began, once.
"""

from datetime import datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.safestring import SafeString

from awards.models import Award, Certificate
from psqm_portal.core import events
from psqm_portal.core.files.storing import store_made
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import render

# The sweep leaves this long to the task that was sent when the certificate was asked for.
PATIENCE = timedelta(minutes=1)
# After so many failures a person has to look: HQ sees the certificate as failed.
MAX_TRIES = 30
SWEEP_SIZE = 500


def ask_for(award: Award, *, now: datetime) -> Certificate:
    """Call inside the transaction that makes the award."""
    certificate = Certificate.objects.create(award=award, asked_at=now)
    events.publish("certificate.asked", certificate, Occasion(by=None, now=now))
    return certificate


def ask_again(award: Award, *, now: datetime) -> None:
    """The file made so far isn't handed out any more; a new one is made under the same number."""
    certificate = Certificate.objects.select_for_update().get(award=award)
    certificate.file, certificate.made_at = None, None
    certificate.asked_at, certificate.tries, certificate.last_error = now, 0, ""
    certificate.save()
    events.publish("certificate.asked", certificate, Occasion(by=None, now=now))


def make(certificate_id: int, *, now: datetime) -> bool:
    """Make the PDF and keep it. False when there was nothing to do: made already, or asked for anew."""
    certificate = Certificate.objects.select_related("award__level__framework", "award__submission").get(
        pk=certificate_id
    )
    if certificate.file_id is not None:
        return False
    Certificate.objects.filter(pk=certificate_id, file=None).update(tries=F("tries") + 1)
    try:
        content = render("awards/certificate.html", context_of(certificate.award))
        return _keep(certificate, content, now=now)
    except Exception as error:
        Certificate.objects.filter(pk=certificate_id).update(last_error=repr(error)[:2000])
        raise


def _keep(seen: Certificate, content: bytes, *, now: datetime) -> bool:
    """File and row in one transaction: cut short, it leaves bytes without a row, which core sweeps."""
    with transaction.atomic():
        certificate = Certificate.objects.select_for_update().get(pk=seen.pk)
        if certificate.file_id is not None or certificate.asked_at != seen.asked_at:
            return False
        certificate.file = store_made(
            content,
            name=f"Certificate {seen.award.number}.pdf",
            kind=StoredFile.Kind.PDF,
            owner=seen.award.files_owner,
            now=now,
        )
        certificate.made_at, certificate.last_error = now, ""
        certificate.save()
    return True


def waiting(*, now: datetime) -> list[int]:
    """Certificates to ask a worker for again: due and not made, whoever lost them."""
    rows = Certificate.objects.filter(file=None, tries__lt=MAX_TRIES, asked_at__lte=now - PATIENCE)
    return list(rows.order_by("tries", "asked_at", "pk").values_list("pk", flat=True)[:SWEEP_SIZE])


def public_url(award: Award) -> str:
    return f"{settings.PORTAL_ORIGIN}{award.get_absolute_url()}"


def qr_code(award: Award) -> SafeString:
    """The QR code of the award's public page as an <svg>.

    Its words stand in its own <title>, first: that is where the PDF takes the figure's text from.
    """
    url = public_url(award)
    code = segno.make(url, error="m", micro=False)
    drawing = code.svg_inline(
        border=2,
        dark="#2f1549",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=f"QR code that leads to {url}",
    )
    return SafeString(drawing)


def context_of(award: Award) -> dict[str, Any]:
    levels = list(award.level.framework.levels.order_by("rank"))
    return {
        "award": award,
        "qr": qr_code(award),
        "public_url": public_url(award),
        "palette": palette_of(award, [level.pk for level in levels]),
    }


def palette_of(award: Award, ranked: list[int]) -> str:
    """bronze, silver or gold; a level by another name takes the metal of its rank."""
    metals = ["bronze", "silver", "gold"]
    if (name := award.level.name.lower()) in metals:
        return name
    return metals[min(ranked.index(award.level_id), len(metals) - 1)]
