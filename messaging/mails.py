"""The mails of messaging itself, and of accounts, which it writes for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from accounts.models import Invitation
from accounts.registers import places_of
from messaging.models import Message
from messaging.queries import rows_for
from messaging.registers import LINK, MailField, MailKind, at, mail_kind

NEWEST = 5


def _invitations() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = list(Invitation.objects.select_related("invited_by").order_by("-pk")[:NEWEST])
    places = places_of([row.scope for row in rows])
    return [
        (
            f"{row.name}, {row.role}",
            {
                "person": None,
                "invitation": row,
                "by": row.invited_by,
                "place": places[row.scope].name if row.scope in places else "",
            },
        )
        for row in rows
    ]


def _role(context: Mapping[str, Any]) -> object:
    role, place = context["invitation"].role, context["place"]
    return f"{role} at {place}" if place and place != "HQ" else role


mail_kind(
    MailKind(
        template="accounts/mail/invitation",
        group="People",
        title="Invitation to the portal",
        when="To somebody who is given a role: when they are invited, and when it is sent again.",
        fields=(
            MailField("name", "The name of who is invited", at("invitation.name")),
            MailField("role", "The role, with the school or hub it is at", _role),
            MailField("inviter", "Who invites them", lambda context: context["by"] or "The PSQM team"),
            MailField("until", "The moment until which the link works", at("invitation.expires_at")),
            MailField(
                "link", "The link that accepts, on a line of its own", LINK.value, sample="(their own link)"
            ),
        ),
        keep=("role",),
        examples=_invitations,
    )
)


def _by_mail(_: Mapping[str, Any]) -> str:
    is_on = bool(settings.INBOUND_MAIL_DOMAIN)
    return "You can also answer this mail: your words go to everybody in the conversation." if is_on else ""


def _messages() -> Sequence[tuple[str, Mapping[str, Any]]]:
    found = []
    for message in Message.objects.select_related("author", "conversation").order_by("-pk")[:NEWEST]:
        for row in rows_for(message.author, [message.conversation]):
            title, url = row.topic.title, row.topic.url
            found.append((title, {"author": message.author, "title": title, "url": url}))
    return found


mail_kind(
    MailKind(
        template="messaging/mail/new_message",
        group="Messages",
        title="New message",
        when="To everybody in a conversation but the writer, at once, where they want that.",
        fields=(
            MailField("author", "Who wrote", at("author.name")),
            MailField("topic", "What the conversation is about: school and round", at("title")),
            MailField("by_mail", "That this mail may be answered; empty where no mail comes in", _by_mail),
        ),
        keep=("topic",),
        examples=_messages,
    )
)
