"""What messaging has to know of the apps above it, and they say here: what a conversation is about, which
mails there are and what may stand in them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from messaging.domain.wording import Link
from messaging.models import Conversation, Email
from messaging.slots import Talk, Topic


@dataclass(frozen=True, slots=True)
class ConversationSource:
    """One kind of conversation.

    ``taking_part``: the conversations a person takes part in now (the list, the unread count).
    ``readable``: all that a person may read now; the files of their messages open for the same people.
    ``topics``: what each of these conversations is about, keyed by its id, in constant queries.
    ``opens``: one of them, by its id, for a person who may read it now.
    """

    taking_part: Callable[[User], QuerySet[Conversation]]
    readable: Callable[[User], QuerySet[Conversation]]
    topics: Callable[[User, Collection[int]], Mapping[int, Topic]]
    opens: Callable[[User, int], Talk | None] = lambda _user, _conversation_id: None


conversation_sources: list[ConversationSource] = []

# A mail's template → whether a written mail is still wanted at the moment of sending. None registered: it is.
still_wanted: dict[str, Callable[[Email, datetime], bool]] = {}

# A mail's template → the address that an answer to it goes to ("" = nobody reads answers).
reply_addresses: dict[str, Callable[[Email], str]] = {}


@dataclass(frozen=True, slots=True)
class MailField:
    """One ``{name}`` that a text may use. ``value`` makes it from what the mail's writer hands over;
    ``sample`` stands in for it in a preview where the writer's own words (a reason) aren't known.
    """

    name: str
    says: str
    value: Callable[[Mapping[str, Any]], object]
    sample: str = ""


# What a preview may show: a label ("Oak Primary, Autumn 2026") and what the writer would hand over.
Examples = Callable[[], Sequence[tuple[str, Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class MailKind:
    """One template, ``templates/<template>.txt``, in the language of ``messaging.domain.wording``.

    ``when`` says when it goes and to whom. A changed subject has to ``keep`` these fields. ``examples``: a
    few of the newest things it could be about, in constant queries.
    """

    template: str
    group: str
    title: str
    when: str
    fields: tuple[MailField, ...]
    keep: tuple[str, ...] = ()
    examples: Examples = tuple

    @property
    def slug(self) -> str:
        return self.template.replace("/mail/", "-").replace("_", "-")

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


mail_kinds: dict[str, MailKind] = {}


def mail_kind(kind: MailKind) -> MailKind:
    """Registers a template; its fields come with those that every mail has."""
    own = {field.name for field in kind.fields}
    whole = replace(kind, fields=(*kind.fields, *(one for one in EVERY_MAIL if one.name not in own)))
    if missing := set(whole.keep) - set(whole.field_names):
        raise ValueError(f"{kind.template}: {sorted(missing)} isn't among its fields")
    mail_kinds[kind.template] = whole
    return whole


def at(path: str) -> Callable[[Mapping[str, Any]], object]:
    """The value at "submission.round": a name of the context, then attributes. Only code writes paths."""
    name, *steps = path.split(".")

    def read(context: Mapping[str, Any]) -> object:
        value = context[name]
        for step in steps:
            value = getattr(value, step, None)
        return value

    return read


def _first_name(context: Mapping[str, Any]) -> object:
    person = context["person"]
    return person.get_short_name() if person is not None else ""


def _link(context: Mapping[str, Any]) -> object:
    return Link(f"{settings.PORTAL_ORIGIN}{context['url']}") if context["url"] else ""


FIRST_NAME = MailField("first_name", "The first name of who gets it", _first_name, sample="Ana")
LINK = MailField("link", "The link to the page, on a line of its own", _link)
PORTAL = MailField("portal", "The portal's name", lambda _: settings.PORTAL_NAME)
EVERY_MAIL = (FIRST_NAME, LINK, PORTAL)
