"""The mails of who wants to lead a hub, and of who leads one: the word for a year."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import User
from hubs.models import Hub, LeaderApplication, LeaderCommitment
from messaging.registers import LINK, MailField, MailKind, at, mail_kind
from psqm_portal.core.clock import long_day

NEWEST = 5

NAME = MailField("name", "The applicant’s name", at("application.name"), sample="Rosa Field")
OWN_LINK = MailField(
    "link", "The link to the application, on a line of its own", LINK.value, sample="(their own link)"
)
LAST_DAY = MailField(
    "last_day",
    "The last day on which the link works",
    lambda given: long_day(given["application"].link_ends_at - timedelta(days=1)),
    sample="Tuesday 1 December 2026",
)
REASON = MailField("reason", "The reason, as it was typed", at("reason"), sample="I’m moving away.")
UNTIL = MailField(
    "until", "The day on which the year ends", lambda given: long_day(given["commitment"].until)
)


def _applications() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = LeaderApplication.objects.select_related("hub").order_by("-pk")[:NEWEST]
    return [
        (str(row), {"application": row, "url": reverse("leader_application", args=[row.pk])}) for row in rows
    ]


def _leading_to(name: str) -> Any:
    """For mails that lead to a page which everybody may see."""
    return lambda: [(label, {**given, "url": reverse(name)}) for label, given in _applications()]


def _secret() -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [(label, {"application": given["application"]}) for label, given in _applications()]


def _commitments() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = LeaderCommitment.objects.select_related("user").order_by("-pk")[:NEWEST]
    return [
        (
            str(row),
            {"commitment": row, "leader": row.user, "person": row.user, "url": reverse("leader_commitment")},
        )
        for row in rows
    ]


def _hubs(given: Mapping[str, Any]) -> str:
    hubs: Sequence[Hub] = given["hubs"]
    return ", ".join(hub.name for hub in hubs)


def _leader(given: Mapping[str, Any]) -> str:
    leader: User = given["leader"]
    return leader.name


def _of(group: str, name: str, title: str, when: str, *fields: MailField, keep: str, examples: Any) -> None:
    kept = (keep,) if keep else ()
    mail_kind(MailKind(f"hubs/mail/{name}", group, title, when, fields=fields, keep=kept, examples=examples))


_APPLYING, _YEAR = "Hub leader applications", "Hub leaders’ year"

_of(
    _APPLYING,
    "application_link",
    "The link to an application",
    "To somebody who begins an application, and each time they ask for their link again.",
    NAME,
    OWN_LINK,
    LAST_DAY,
    keep="",
    examples=_secret,
)
_of(
    _APPLYING,
    "application_sent",
    "We have your application",
    "To the applicant when they send their application.",
    NAME,
    OWN_LINK,
    LAST_DAY,
    keep="",
    examples=_secret,
)
_of(
    _APPLYING,
    "application_waiting",
    "An application to read",
    "To HQ’s admins when an application is sent, the first time or with what was asked for.",
    NAME,
    MailField("place", "The town or area", at("application.place"), sample="Northmoor"),
    keep="name",
    examples=_applications,
)
_of(
    _APPLYING,
    "application_more",
    "We need more for your application",
    "To the applicant when HQ asks for more.",
    NAME,
    MailField(
        "asked", "What HQ asks for, as it was typed", at("asked"), sample="2. Which year groups were these?"
    ),
    OWN_LINK,
    LAST_DAY,
    keep="",
    examples=_secret,
)
_of(
    _APPLYING,
    "application_accepted",
    "You’re a hub leader",
    "To the applicant when HQ accepts. Who has no account gets their invitation as a mail of its own.",
    NAME,
    MailField("hub", "The hub", at("application.hub"), sample="Northmoor"),
    keep="",
    examples=_leading_to("account_login"),
)
_of(
    _APPLYING,
    "application_declined",
    "We can’t accept your application",
    "To the applicant when HQ declines.",
    NAME,
    REASON,
    keep="",
    examples=_leading_to("become_hub_leader"),
)
_of(
    _YEAR,
    "commitment_ends",
    "Renew your commitment",
    "To a hub leader 60, 30 and 7 days before their year ends, unless they have renewed or said that they "
    "won’t go on.",
    UNTIL,
    keep="",
    examples=_commitments,
)
_of(
    _YEAR,
    "commitment_over",
    "Your commitment has ended",
    "To a hub leader 7 days after their year ended, unless they have renewed or said that they won’t go on.",
    UNTIL,
    keep="",
    examples=_commitments,
)
_of(
    _YEAR,
    "leader_leaves",
    "A hub leader won’t go on",
    "To HQ’s admins when a hub leader says that they won’t renew their commitment.",
    MailField("leader", "The hub leader", _leader),
    MailField("hubs", "The hub, or the hubs", _hubs, sample="Chilterns"),
    UNTIL,
    REASON,
    keep="leader",
    examples=_commitments,
)
