"""What opening, closing, reopening or archiving a round brings, said before it is done."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from psqm_portal.core.clock import london_day
from psqm_portal.core.templatetags.portal import and_list, counted, long_date
from rounds.domain import dates, impact
from rounds.models import Audience, Milestone, Round
from rounds.slots import Effect, move_effects

NAMED = 5


def of(round_: Round, action: str, now: datetime) -> list[Effect]:
    """The round's own first, then each app's in the order of the apps."""
    own = {"open": _opening, "close": _closing, "reopen": _opening, "archive": _archiving}[action]
    return [*own(round_, now), *(one for ask in move_effects for one in ask(round_, action, now))]


def _opening(round_: Round, now: datetime) -> Iterator[Effect]:
    today = london_day(now)
    past = [row for row in round_.milestones.all() if row.due_on < today]
    if past:
        yield Effect(
            f"{_named(past)} {'was' if len(past) == 1 else 'were'} due already: who owes it is late from the "
            "start.",
            reverse("round_dates", args=[round_.slug, dates.SLUGS[Audience(past[0].audience)]]),
            "Change the dates",
            is_warning=True,
        )
    people = impact.of_opening(round_, now=now)
    who = (
        f"{counted(people, 'person,people')} {'gets' if people == 1 else 'get'}" if people else "Nobody gets"
    )
    yield Effect(
        f"Reminders go to everybody who owes a step, by its dates. {who} one with the next reminders."
    )


def _closing(round_: Round, now: datetime) -> Iterator[Effect]:
    owed = impact.owed_by(round_.milestones.all(), now)
    steps = sum(len(ones) for ones in owed.values())
    people = {person.pk for ones in owed.values() for one in ones.values() for person in one.recipients}
    if steps:
        yield Effect(
            "No reminder of this round goes any more, not to reviewers either. "
            f"{counted(steps, 'step')} {'is' if steps == 1 else 'are'} still owed, by "
            f"{counted(people, 'person,people')}.",
            is_warning=True,
        )
    else:
        yield Effect("No reminder of this round goes any more. Nothing is owed in it.")


def _archiving(_round: Round, _now: datetime) -> Iterator[Effect]:
    yield Effect("Its dates and settings can’t be changed and it can’t be opened again.")


def _named(rows: list[Milestone]) -> str:
    names = [
        f"“{row.label}” ({Audience(row.audience).label}, {long_date(row.due_on)})" for row in rows[:NAMED]
    ]
    more = len(rows) - NAMED
    return and_list([*names, counted(more, "other step")] if more > 0 else names)
