"""The invitation as a mail: the letter's own paragraphs, in HQ's frame."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from hubs.domain import letters
from hubs.models import OptOut, Prospect
from hubs.queries import leader_of
from messaging.domain.wording import Mixed
from messaging.models import Email
from messaging.registers import LINK, MailField, MailKind, at, mail_kind, reply_addresses, still_wanted

NEWEST = 5
TEMPLATE = "hubs/mail/invitation"


def _letter(given: Mapping[str, Any]) -> Mixed:
    row, prospect = given["mail_out"], given["prospect"]
    link = f"{settings.PORTAL_ORIGIN}{given['url']}"
    return Mixed(tuple(letters.pieces_of(row.paragraphs, letters.values_for(row, prospect, link))))


def _dear(given: Mapping[str, Any]) -> str:
    return letters.dear(given["prospect"])


def _kept(name: str) -> Any:
    return lambda given: given["mail_out"].values.get(name, "")


def _mailed() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Prospect.objects.filter(mail_out__how="mail", sent_at__isnull=False)
    rows = rows.select_related("school", "round", "mail_out").order_by("-sent_at")[:NEWEST]
    return [(f"{row.school}, {row.round}", {"mail_out": row.mail_out, "prospect": row}) for row in rows]


mail_kind(
    MailKind(
        TEMPLATE,
        "Invitations",
        "An invitation to a school",
        "To a headteacher, when a hub leader invites the school by email.",
        fields=(
            MailField("school", "The school", at("prospect.school"), sample="Oak Primary School"),
            MailField("headteacher", "The headteacher’s name, where we know it", _dear, sample="Hana Hill"),
            MailField(
                "letter",
                "The paragraphs of the invitation letter",
                _letter,
                sample="(The paragraphs of the invitation letter)",
            ),
            MailField("round", "The round", _kept("round"), sample="Autumn 2027"),
            MailField("hub", "The hub", _kept("hub"), sample="Chilterns"),
            MailField("leader", "The hub leader’s name", _kept("leader"), sample="Ana Lee"),
            MailField("link", "The school’s personal link", LINK.value, sample="(their own link)"),
        ),
        keep=("school",),
        examples=_mailed,
    )
)


def _prospect_of(email: Email) -> Prospect | None:
    number = email.about.partition(":")[2]
    rows = Prospect.objects.select_related("hub")
    return rows.filter(pk=int(number)).first() if number.isdecimal() else None


def _wanted(email: Email, _: datetime) -> bool:
    """Not where the school answered, or said "don't ask us again", before the mail left."""
    row = _prospect_of(email)
    return (
        row is not None
        and row.status in Prospect.ASKED
        and not OptOut.objects.filter(school_id=row.school_id).exists()
    )


def _leader(email: Email) -> str:
    row = _prospect_of(email)
    leader = leader_of(row.hub) if row is not None else None
    return leader.email if leader else ""


still_wanted[TEMPLATE] = _wanted
reply_addresses[TEMPLATE] = _leader
