"""Mails that come in, as anymail hands them over: whoever comes without the provider's secret gets no
further than its view.
"""

from typing import Any

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, inbound
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.dispatch import receiver

from messaging.domain.inbound import Incoming, address_for, take
from messaging.models import Email, Message
from messaging.registers import reply_addresses
from psqm_portal.core.clock import now


@receiver(inbound, dispatch_uid="messaging.answers")
def hear(event: AnymailInboundEvent, **_: Any) -> None:
    if settings.INBOUND_MAIL_DOMAIN:
        take(incoming_from(event.message), now=now())


def incoming_from(message: AnymailInboundMessage) -> Incoming:
    headers = {name.lower(): str(value) for name, value in message.items()}
    if message.envelope_sender == "":
        headers["return-path"] = "<>"
    senders = message.get_address_header("From")
    to = [message.envelope_recipient or ""]
    for name in ("To", "Cc", "Delivered-To", "X-Original-To"):
        to += [address.addr_spec for address in message.get_address_header(name)]
    return Incoming(
        mail_id=headers.get("message-id", "").strip(),
        # Several writers are nobody's own words.
        sender=senders[0].addr_spec if len(senders) == 1 else "",
        recipients=list(dict.fromkeys(filter(None, to))),
        text=message.text or "",
        html=message.html or "",
        headers=headers,
        files=[_file(part) for part in message.attachments],
        is_spam=bool(message.spam_detected),
    )


def _file(part: Any) -> SimpleUploadedFile:
    content = part.as_bytes() if part.get_content_maintype() == "multipart" else part.get_content_bytes()
    return SimpleUploadedFile(part.get_filename() or "file", content or b"", part.get_content_type())


def _where_to_answer(email: Email) -> str:
    """The answering address of a notice's own reader."""
    _, _, rest = (email.once or "").partition(":")
    number = rest.partition(":")[0]
    if email.recipient_id is None or not number.isdecimal() or not settings.INBOUND_MAIL_DOMAIN:
        return ""
    found = Message.objects.filter(pk=int(number)).values_list("conversation_id", flat=True).first()
    return address_for(found, email.recipient_id) if found else ""


reply_addresses["messaging/mail/new_message"] = _where_to_answer
