"""The mails of registrations: from a school's wish to take part to the answer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse

from hubs.models import Registration
from messaging.registers import LINK, MailField, MailKind, at, mail_kind
from psqm_portal.core.clock import long_day

NEWEST = 5
GROUP = "Registrations"

SCHOOL = MailField("school", "The school", at("registration.school"))
ROUND = MailField("round", "The round", at("registration.round"))
HUB = MailField("hub", "The hub", at("registration.hub"), sample="Chilterns")
LEADER = MailField("subject_leader", "The subject leader’s name", at("registration.subject_leader_name"))
HEAD = MailField("headteacher", "The headteacher’s name", at("registration.headteacher_name"))
REASON = MailField("reason", "The reason, as it was typed", at("reason"), sample="All places are taken.")


def _registrations() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Registration.objects.select_related("school", "round", "hub").order_by("-pk")[:NEWEST]
    return [
        (
            f"{row.school}, {row.round}",
            {"registration": row, "url": reverse("registration", args=[row.pk])},
        )
        for row in rows
    ]


def _public() -> Sequence[tuple[str, Mapping[str, Any]]]:
    """For mails that lead to the public page, or by a link that nobody but its reader may see."""
    return [
        (label, {"registration": given["registration"], "url": reverse("register")})
        for label, given in _registrations()
    ]


def _secret() -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [(label, {"registration": given["registration"]}) for label, given in _registrations()]


def _last_day(given: Mapping[str, Any]) -> str:
    return long_day(given["registration"].agreement_ends_at - timedelta(days=1))


def _of_registration(
    name: str, title: str, when: str, *fields: MailField, examples: Any = _registrations
) -> None:
    mail_kind(
        MailKind(
            f"hubs/mail/{name}",
            GROUP,
            title,
            when,
            fields=(SCHOOL, ROUND, *fields),
            keep=("school",),
            examples=examples,
        )
    )


_of_registration(
    "agreement",
    "The headteacher’s agreement",
    "To the headteacher when a school registers, and when the agreement is sent again.",
    HEAD,
    LEADER,
    MailField(
        "link", "The link to the agreement, on a line of its own", LINK.value, sample="(their own link)"
    ),
    MailField(
        "last_day", "The last day on which the link works", _last_day, sample="Tuesday 1 December 2026"
    ),
    examples=_secret,
)
_of_registration(
    "registration_received",
    "We have your registration",
    "To the subject leader when their school registers.",
    LEADER,
    HEAD,
    examples=_public,
)
_of_registration(
    "registration_waiting",
    "A school registered",
    "To HQ’s admins when a school registers by itself.",
    MailField("town", "The school’s town", at("registration.school.town")),
)
_of_registration(
    "registration_agreed",
    "The headteacher has agreed",
    "To the hub leader when the headteacher of a school that was passed to them agrees.",
    HUB,
    MailField(
        "agreed_by",
        "Who agreed, as they wrote their name",
        at("registration.agreed_name"),
        sample="Hana Hill",
    ),
)
_of_registration(
    "registration_passed",
    "A registration for a hub",
    "To the hub leader when HQ passes a school’s registration to their hub.",
    HUB,
)
_of_registration(
    "registration_handed_back",
    "A hub can’t take a school",
    "To HQ’s admins when a hub leader hands a registration back.",
    MailField("hub", "The hub that hands it back", at("hub"), sample="Chilterns"),
    REASON,
)
_of_registration(
    "registration_declined",
    "No place for a school",
    "To the subject leader and the headteacher when HQ declines a registration.",
    REASON,
    examples=_public,
)
