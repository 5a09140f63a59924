"""The mails of registrations: from a school's wish to take part to the answer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from hubs.domain import nudges
from hubs.models import Registration
from messaging.domain.wording import Link, Mixed
from messaging.registers import LINK, MailField, MailKind, at, mail_kind, still_wanted
from psqm_portal.core.clock import long_day
from psqm_portal.core.templatetags.portal import counted

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


def _day_of(name: str) -> Any:
    return lambda given: long_day(given[name])


def _number(given: Mapping[str, Any]) -> str:
    return counted(len(given["nudges"]), "registration")


def _listed(given: Mapping[str, Any]) -> Mixed:
    pieces: list[str] = []
    for nudge in given["nudges"]:
        url = reverse("registration", args=[nudge.registration_id])
        pieces += [f"\n- {nudge.registration}: since {long_day(nudge.turn)}\n"]
        pieces += ["  ", Link(f"{settings.PORTAL_ORIGIN}{url}"), "\n"]
    return Mixed(tuple(pieces[:-1]))


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
    "To the subject leader when their school registers, and to who filled the form in.",
    MailField("name", "The name of who gets it", at("name"), sample="Sam Leader"),
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
    "registration_invited",
    "A school that was invited registered",
    "To the hub leader when a school that their hub invited registers.",
    HUB,
    HEAD,
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
A_DAY = "Monday 2 November 2026"
_of_registration(
    "registration_not_agreed",
    "Reminder: the headteacher’s agreement",
    "To the headteacher 3, 7, 14 and 21 days after the agreement was sent, until they agree.",
    HEAD,
    LEADER,
    MailField("since", "The day on which the agreement was sent", _day_of("since"), sample=A_DAY),
    MailField(
        "link", "The link to the agreement, on a line of its own", LINK.value, sample="(their own link)"
    ),
    MailField(
        "last_day", "The last day on which the link works", _last_day, sample="Tuesday 1 December 2026"
    ),
    examples=_secret,
)
_of_registration(
    "registration_unanswered",
    "Reminder: a registration for a hub",
    "To the hub leader 4, 8 and 12 days after they could have answered, until they do.",
    HUB,
    MailField("since", "The day since when they could have answered", _day_of("since"), sample=A_DAY),
)
mail_kind(
    MailKind(
        "hubs/mail/registration_list",
        GROUP,
        "Reminder: registrations for HQ",
        "To HQ’s admins 5 and 10 days after a school without a hub registered or was handed back: one mail "
        "with all of them.",
        fields=(
            MailField("number", "How many there are", _number, sample="2 registrations"),
            MailField(
                "list",
                "Each with its round and the day since when it waits",
                _listed,
                sample="- Oak Primary, Autumn 2026: since Monday 2 November 2026",
            ),
        ),
        keep=("number",),
        examples=lambda: [("An example", {"url": reverse("registrations")})],
    )
)
still_wanted[nudges.AGREEMENT] = still_wanted[nudges.LEADER] = nudges.still_wanted
