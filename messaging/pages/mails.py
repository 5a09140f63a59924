"""What HQ's pages about mail show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, QuerySet

from accounts.models import User
from messaging.domain.mail import compose_from, values_of
from messaging.domain.resending import AGAIN
from messaging.domain.wording import Segment, Wording, as_words, blocks_of, pieces_of
from messaging.models import Email, MailText, Suppression
from messaging.registers import MailKind, mail_kinds

State = Email.State
RECENT = timedelta(days=30)
TABS = [("Mails", "mail"), ("Addresses without mail", "mail_suppressed"), ("Texts", "mail_texts")]


def figures() -> dict[str, int]:
    """How many wait, failed and came back, and how many addresses get none; two queries."""
    open_states = [State.WAITING, State.SENDING, State.FAILED, State.BOUNCED]
    rows = Email.objects.filter(state__in=open_states).order_by().values("state").annotate(n=Count("pk"))
    counts = {row["state"]: row["n"] for row in rows}
    return {
        "waiting": counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0),
        "failed": counts.get(State.FAILED, 0),
        "bounced": counts.get(State.BOUNCED, 0),
        "suppressed": Suppression.objects.filter(lifted_at=None).count(),
    }


def may_go_again(emails: Sequence[Email]) -> bool:
    return any(email.state in AGAIN for email in emails)


@dataclass(frozen=True, slots=True)
class Blocked:
    """An address without mail, whose it is, and what didn't go to it."""

    row: Suppression
    person: User | None
    unsent: int


def blocked(rows: Sequence[Suppression], now: datetime) -> list[Blocked]:
    addresses = [row.address for row in rows]
    people = {person.email: person for person in User.objects.filter(email__in=addresses)}
    unsent = unsent_to(addresses, now).order_by().values("to").annotate(n=Count("pk"))
    counts: dict[str, int] = {}
    for found in unsent:
        counts[found["to"].lower()] = counts.get(found["to"].lower(), 0) + found["n"]
    return [Blocked(row, people.get(row.address), counts.get(row.address, 0)) for row in rows]


def unsent_to(addresses: Sequence[str], now: datetime) -> QuerySet[Email]:
    """What failed or came back in the last month."""
    return Email.objects.filter(to__in=addresses, state__in=AGAIN, written_at__gte=now - RECENT)


# Texts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    kind: MailKind
    changed: MailText | None


def texts_by_group() -> list[tuple[str, list[Listed]]]:
    """Every mail with HQ's newest words for it, where there are any; one query."""
    newest = MailText.objects.order_by().values("template").annotate(last=Max("pk")).values("last")
    rows = MailText.objects.filter(pk__in=newest, is_shipped=False).select_related("written_by")
    changed = {row.template: row for row in rows}
    kinds = sorted(mail_kinds.values(), key=lambda kind: (kind.group, kind.title))
    return [
        (group, [Listed(kind, changed.get(kind.template)) for kind in of_group])
        for group, of_group in groupby(kinds, key=lambda kind: kind.group)
    ]


@dataclass(frozen=True, slots=True)
class ShownField:
    name: str
    says: str
    value: str
    must: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """One mail as it would read, filled in with a real thing."""

    label: str
    subject: str
    blocks: list[list[list[Segment]]]
    values: Mapping[str, object]


def preview(kind: MailKind, words: Wording, label: str, context: Mapping[str, Any], reader: User) -> Preview:
    values = values_of(kind, {"person": reader, **_with_person(context, reader)}, samples=True)
    composed = compose_from(words, values)
    return Preview(label, composed.subject, blocks_of(pieces_of(words, values)), values)


def _with_person(context: Mapping[str, Any], reader: User) -> dict[str, Any]:
    return {**context, "person": context.get("person") or reader}


def fields_of(kind: MailKind, values: Mapping[str, object]) -> list[ShownField]:
    """Each field with what it holds in the preview, on one line."""
    shown = []
    for field in kind.fields:
        words = as_words(values.get(field.name, ""))
        text = " ".join((words if isinstance(words, str) else "".join(words.pieces)).split())
        shown.append(ShownField(f"{{{field.name}}}", field.says, text[:80], field.name in kind.keep))
    return shown
