"""What must be known the other way round: later apps fill this in their ``AppConfig.ready``.

``duties`` says who owes what at a milestone; reminders and "waiting for you" ask it, so that a mail and a
page can't disagree.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Owed:
    """One step that somebody still owes.

    ``subject`` names the submission, hub or review it is about ("submission:1042"); ``due_on`` is that
    subject's own date (an extension or a hub's session date counts); ``since`` is when it could first be
    owed (the enrolment): no reminder goes for an offset that passed before it. ``recipients`` owe it,
    ``copied`` are told too. ``what`` finishes the sentence "You still need to …".
    """

    subject: str
    title: str
    what: str
    url: str
    due_on: date
    since: date
    recipients: "tuple[User, ...]"
    copied: "tuple[User, ...]" = ()


class Owing(Protocol):
    """What is owed at a milestone, in constant queries, always.

    ``user`` None means everybody's; ``subjects``, where given, narrow it to what is about these.
    """

    def __call__(
        self,
        milestone: Any,
        now: datetime,
        user: "User | None",
        /,
        *,
        subjects: Collection[str] | None = None,
    ) -> Iterable[Owed]: ...


def ids_of(kind: str, subjects: Collection[str]) -> list[int]:
    """The numbers of those subjects that are of this kind: "submission:1042" is 1042 of "submission"."""
    return [int(one.removeprefix(f"{kind}:")) for one in subjects if one.startswith(f"{kind}:")]


# A kind of subject -> the names of some by their numbers, in one query, for rows that know their key alone.
subject_names: dict[str, Callable[[Collection[int]], Mapping[int, str]]] = {}

# The subjects of the work that a person looks after for a hub: who is late with it is theirs to know. None:
# the person looks after none.
watched: list[Callable[["User"], Collection[str] | None]] = []


def names_of(subjects: Collection[str]) -> dict[str, str]:
    """Subject -> its name ("Ash School"); one query for each kind among them."""
    found: dict[str, str] = {}
    for kind, names in subject_names.items():
        if ids := ids_of(kind, subjects):
            found |= {f"{kind}:{number}": name for number, name in names(ids).items()}
    return found


duties: dict[tuple[str, str], Owing] = {}


def owing(kind: str, audience: str) -> Callable[[Owing], Owing]:
    """Register who owes a milestone of this kind and audience."""

    def register(asks: Owing) -> Owing:
        duties[kind, audience] = asks
        return asks

    return register


# What an act of HQ's means for money, before it is done: (act such as "withdraw", the submission or hub it is
# done to, what was chosen) -> sentences for HQ.
MoneyEffects = Callable[[str, Any, Mapping[str, Any]], list[str]]

money_effects: list[MoneyEffects] = []
