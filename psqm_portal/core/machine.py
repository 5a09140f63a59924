"""Declared transition tables and the one function that performs a move.

A table reads like the product's section 3: action, source, target, who, what it needs. ``perform`` locks
the row, asks the table, writes, appends a history entry and tells the events, all in one transaction.
Nothing else sets a status. What a page offers as buttons comes from :meth:`Machine.offers`, which asks
the same table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from psqm_portal.core import events
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role

if TYPE_CHECKING:
    from accounts.models import User


class Refused(Exception):
    """A move that isn't open; the text is a sentence for the person who asked."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One performance: who does it (None: the clock), when, why, and what the form gave."""

    by: "User | None"
    now: datetime
    reason: str = ""
    given: dict[str, Any] = field(default_factory=dict)


Guard = Callable[[Any, Occasion], str | None]
Effect = Callable[[Any, Occasion], None]


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a table.

    ``sources`` empty means that the move creates the row; ``target`` None leaves the status as it is.
    ``needs`` names what the form must give (``reason`` among them). A guard returns the sentence that
    says why not and, where it can, when; guards see a given value only when performing, so each must
    also answer sensibly when it is missing.
    """

    action: str
    label: str
    sources: frozenset[str]
    target: str | None
    who: frozenset[Role]
    needs: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as a page shows it: open, or the sentence that says why not."""

    action: str
    label: str
    needs: tuple[str, ...]
    why_not: str | None

    @property
    def is_open(self) -> bool:
        return self.why_not is None


class Machine:
    """``roles(user, subject)`` gives the roles a person holds towards the subject, freshly read."""

    # Only a test's control switches this off, to show that the race it guards against is real.
    locking = True

    def __init__(
        self,
        name: str,
        moves: Iterable[Move],
        *,
        roles: Callable[["User", Any], frozenset[Role]],
        label: Callable[[str], str],
    ) -> None:
        self.name = name
        self.moves = {move.action: move for move in moves}
        self.roles = roles
        self.label = label
        self._more_guards: dict[str, list[Guard]] = {}

    def guard(self, action: str) -> Callable[[Guard], Guard]:
        """Let a later app add what only it can know (an open review, an unsettled moderation)."""

        def add(guard: Guard) -> Guard:
            self._more_guards.setdefault(action, []).append(guard)
            return guard

        return add

    def why_not(self, move: Move, subject: Any, occasion: Occasion) -> str | None:
        """The reason why a permitted person can't make this move now, or None."""
        if move.sources and subject.status not in move.sources:
            return f"This can't be done now: it is {self.label(subject.status)}."
        for guard in (*move.guards, *self._more_guards.get(move.action, ())):
            if (sentence := guard(subject, occasion)) is not None:
                return sentence
        return None

    def permitted(self, move: Move, subject: Any, by: "User | None") -> bool:
        held = frozenset({Role.CLOCK}) if by is None else self.roles(by, subject)
        return bool(move.who & held)

    def offers(
        self, subject: Any, *, by: "User", now: datetime, held: frozenset[Role] | None = None
    ) -> list[Offer]:
        """What this person may ever do in this status, with the reason where it isn't open yet.

        ``held``: the person's roles, where the page has just read them.
        """
        held, occasion = self.roles(by, subject) if held is None else held, Occasion(by=by, now=now)
        return [
            Offer(move.action, move.label, move.needs, self.why_not(move, subject, occasion))
            for move in self.moves.values()
            if move.who & held and subject.status in move.sources
        ]

    def perform(
        self, subject: Any, action: str, *, by: "User | None", now: datetime, reason: str = "", **given: Any
    ) -> Any:
        """Make a move and return the fresh, saved subject.

        Raises PermissionDenied for a person who may never make it, Refused with a sentence where it
        isn't open or something it needs is missing. A move without sources creates ``subject``.
        """
        move, occasion = self.moves[action], Occasion(by=by, now=now, reason=reason.strip(), given=given)
        with transaction.atomic():
            if move.sources:
                subject = self._load(subject)
            if not self.permitted(move, subject, by):
                raise PermissionDenied
            if (sentence := self.why_not(move, subject, occasion)) is not None:
                raise Refused(sentence)
            self._check_needs(move, occasion)
            source = subject.status if move.sources else ""
            if move.target is not None:
                subject.status = move.target
            if move.effect is not None:
                move.effect(subject, occasion)
            subject.save()
            HistoryEntry.objects.create(
                machine=self.name,
                subject_id=subject.pk,
                action=action,
                source=source,
                target=subject.status,
                by=by,
                at=now,
                reason=occasion.reason,
            )
            events.publish(f"{self.name}.{action}", subject, occasion)
        return subject

    def _load(self, subject: Any) -> Any:
        rows = type(subject)._base_manager.all()
        if self.locking:
            rows = rows.select_for_update()
        return rows.get(pk=subject.pk)

    @staticmethod
    def _check_needs(move: Move, occasion: Occasion) -> None:
        for need in move.needs:
            if not (occasion.reason if need == "reason" else occasion.given.get(need)):
                raise Refused("Write the reason." if need == "reason" else f"Choose the {need}.")
