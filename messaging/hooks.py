"""The mail provider's side door: its reports of mail that came back, as anymail reads them.

Whoever comes without the secret gets 400 from anymail's view and reaches nothing here.
"""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.dispatch import receiver
from django.urls import URLPattern

from messaging.domain.bounces import Kind, Report, take_report
from psqm_portal.core.clock import now

_REFUSED_FOR_GOOD = {RejectReason.INVALID, RejectReason.BOUNCED, RejectReason.BLOCKED}
_UNWANTED = {RejectReason.SPAM, RejectReason.UNSUBSCRIBED}
# "452 4.2.2 Mailbox full": by its first figure the other server says whether it is for now (4) or for good.
_CODE = re.compile(r"(?:^|[\s;])([45])(?:\d\d(?=[ -])|\.\d{1,3}\.\d{1,3}(?![.\d]))")


def provider_urls(provider: str) -> list[URLPattern]:
    """The addresses of one provider. None for "", and then the others' code isn't loaded either."""
    if not provider:
        return []
    every_provider: list[URLPattern] = import_module("anymail.urls").urlpatterns
    return [one for one in every_provider if str(one.pattern).lstrip("^").startswith(f"{provider}/")]


@receiver(tracking, dispatch_uid="messaging.hooks")
def hear(event: AnymailTrackingEvent, **_: Any) -> None:
    moment = now()
    kind = kind_of(event)
    if kind is None:
        return
    given = (event.metadata or {}).get("email_id", "")
    words = " – ".join(str(word) for word in (event.description, event.mta_response) if word)
    report = Report(
        kind=kind,
        address=event.recipient or "",
        happened_at=min(event.timestamp or moment, moment),
        detail=" ".join(words.split())[:500],
        provider_id=str(event.message_id or ""),
        email_id=int(given) if str(given).isdecimal() else None,
    )
    take_report(report, now=moment)


def kind_of(event: AnymailTrackingEvent) -> Kind | None:
    """None: nothing that came back, or a delay in which the provider itself tries again."""
    if event.event_type in {EventType.COMPLAINED, EventType.UNSUBSCRIBED}:
        return Kind.COMPLAINT
    if event.event_type == EventType.REJECTED and event.reject_reason in _UNWANTED:
        return Kind.COMPLAINT
    if event.event_type == EventType.REJECTED:
        return Kind.HARD if event.reject_reason in _REFUSED_FOR_GOOD else Kind.SOFT
    if event.event_type == EventType.BOUNCED:
        return Kind.SOFT if _is_soft(event) else Kind.HARD
    return Kind.SOFT if event.event_type == EventType.FAILED else None


def _is_soft(event: AnymailTrackingEvent) -> bool:
    """anymail calls both kinds bounced; the providers' own words tell them apart."""
    said: Mapping[str, Any] = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    return (
        said.get("Type") == "SoftBounce"  # Postmark
        or said.get("event") == "soft_bounce"  # Brevo
        or said.get("hard_bounce") is False  # Mailjet
        or said.get("type") == "blocked"  # SendGrid
        or _first_figure(str(event.mta_response or "")) == "4"
    )


def _first_figure(answer: str) -> str:
    found = _CODE.search(answer)
    return found[1] if found else ""
