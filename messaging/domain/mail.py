"""Writing a mail: a row in the caller's transaction. A worker sends it after the commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template import Context
from django.template.loader import get_template, render_to_string

from accounts.models import User
from messaging.models import Email
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion

REMOVED = "[removed after sending]"


def write(
    template: str,
    *,
    to: User | str,
    now: datetime,
    context: Mapping[str, Any],
    about: str = "",
    once: str | None = None,
    secret: bool = False,
) -> Email | None:
    """Writes one mail from ``templates/<template>.txt``: first line ``Subject: …``, then the text.

    Returns None, and writes nothing, when ``once`` was written before or the person's account is closed.
    The template sees ``person`` (None for a bare address), ``portal_origin`` and ``portal_name`` besides
    ``context``; nothing in it is escaped, for it is plain text.
    """
    person = to if isinstance(to, User) else None
    if person is not None and not person.is_active:
        return None
    if once is not None and Email.objects.filter(once=once).exists():
        return None
    subject, text = render(template, {**context, "person": person})
    email = Email(
        template=template,
        recipient=person,
        to=person.email if person else str(to),
        subject=subject,
        text=text,
        html=as_html(subject, text),
        secret=secret,
        about=about,
        once=once,
        try_at=now,
        written_at=now,
    )
    return record(email)


def record(email: Email) -> Email | None:
    """Saves the row, and a worker is asked to deliver it; None when its ``once`` came in between."""
    try:
        with transaction.atomic():
            email.save(force_insert=True)
    except IntegrityError:
        if email.once is None or not Email.objects.filter(once=email.once).exists():
            raise
        return None
    events.publish("email.waiting", email, Occasion(by=None, now=email.written_at))
    return email


def render(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """(subject, text). The subject is one line whatever a name in it holds (S24)."""
    source = get_template(f"{template}.txt").template  # type: ignore[attr-defined]  # Django's own engine
    shared = {"portal_origin": settings.PORTAL_ORIGIN, "portal_name": settings.PORTAL_NAME}
    whole = source.render(Context({**shared, **context}, autoescape=False)).strip()
    head, _, text = whole.partition("\n")
    if not head.startswith("Subject:"):
        raise ValueError(f"{template}.txt has to start with a Subject line")
    return " ".join(head.removeprefix("Subject:").split())[:255], text.strip() + "\n"


def as_html(subject: str, text: str) -> str:
    """The text in the one wrapper. Only a line that is a link into the portal becomes a link."""
    blocks = []
    for block in text.strip().split("\n\n"):
        lines = [line.strip() for line in block.split("\n")]
        link = lines[0] if len(lines) == 1 and lines[0].startswith(f"{settings.PORTAL_ORIGIN}/") else ""
        blocks.append({"lines": lines, "link": link if " " not in link else ""})
    return render_to_string("messaging/mail/wrapper.html", {"subject": subject, "blocks": blocks})
