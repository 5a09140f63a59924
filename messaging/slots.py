"""What the apps above say of their conversations and audiences, one at a time, for one person."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import User
from messaging.models import Announcement, Conversation


@dataclass(frozen=True, slots=True)
class Topic:
    """What a conversation is about, and the page that shows it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class TalkLink:
    """The way to a conversation that isn't begun."""

    label: str
    url: str


def _no_names() -> Mapping[int, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation as one person meets it now; a page, a reply by mail and a poll ask the same.

    ``about`` is what mails and files are filed under ("submission:1042"). ``takes_part``: their reading
    counts. ``tell``: whom a message by that person is for. ``role_names``: user id → what that person is to
    the thing talked about. Functions are asked only where a page needs them.
    """

    conversation: Conversation
    topic: Topic
    about: str
    files_owner: str
    may_write: bool
    takes_part: bool
    audience: Callable[[], str]
    tell: Callable[[], Collection[User]]
    role_names: Callable[[], Mapping[int, str]] = field(default=_no_names)

    @property
    def is_begun(self) -> bool:
        return bool(self.conversation.pk)


# person -> conversations that they may begin, as links on the list of their messages.
beginnings: list[Callable[[User], Sequence[TalkLink]]] = []


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person an announcement would go to, and where they are from ("Oak Primary, subject leader")."""

    person: User
    place: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Some people whom somebody may write to, all at once.

    ``key`` is what an announcement keeps ("hub-round:12"); ``title`` names them ("The schools of Chilterns
    in Autumn 2026"); ``also`` says who else can read it.
    """

    key: str
    title: str
    also: str
    files_owner: str
    people: Callable[[], Sequence[Addressee]]


@dataclass(frozen=True, slots=True)
class AudienceSource:
    """One kind of audience: its keys start with ``kind``.

    ``for_writer``: those a person may write to now. ``opens``: one of them by its key, or None.
    ``read_by``: those of these keys whose announcements their readers may still read, this person being one:
    a right ends with the membership that gave it. Asked for most pages' headers, so in few, quick queries.
    ``overseen``: announcements whose figures the person may see, as a condition.
    """

    kind: str
    for_writer: Callable[[User], Sequence[Audience]]
    opens: Callable[[User, str], Audience | None]
    read_by: Callable[[User, Collection[str]], Collection[str]]
    overseen: Callable[[User], Q]
    titles: Callable[[Collection[str]], Mapping[str, str]]


audience_sources: list[AudienceSource] = []


def audience(user: User, key: str) -> Audience | None:
    """The audience if this person may write to it now."""
    for source in audience_sources:
        if key.startswith(f"{source.kind}:"):
            return source.opens(user, key)
    return None


def audience_titles(announcements: Collection[Announcement]) -> dict[str, str]:
    """Key → who they are, in a constant number of queries."""
    keys = {one.audience for one in announcements}
    titles: dict[str, str] = {}
    for source in audience_sources:
        mine = {key for key in keys if key.startswith(f"{source.kind}:")}
        if mine:
            titles |= source.titles(mine)
    return titles
