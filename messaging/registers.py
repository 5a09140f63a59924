"""A conversation doesn't know what it is about; the apps that own conversations say it here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from messaging.models import Conversation, Email


@dataclass(frozen=True, slots=True)
class Topic:
    """What a conversation is about, and the page that shows it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ConversationSource:
    """One kind of conversation.

    ``taking_part``: the conversations a person takes part in now (the list, the unread count).
    ``readable``: all that a person may read now; the files of their messages open for the same people.
    ``topics``: what each of these conversations is about, keyed by its id, in constant queries.
    """

    taking_part: Callable[[User], QuerySet[Conversation]]
    readable: Callable[[User], QuerySet[Conversation]]
    topics: Callable[[User, Collection[int]], Mapping[int, Topic]]


conversation_sources: list[ConversationSource] = []

# A mail's template → whether a written mail is still wanted at the moment of sending. None registered: it is.
still_wanted: dict[str, Callable[[Email, datetime], bool]] = {}
