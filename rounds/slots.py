"""What later apps show on a round's page: hubs taking part, fees, the board."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rounds.models import Milestone, Round

# (request, round) -> (template, its context); the page includes each with that context as ``section``.
RoundSection = Callable[[Any, Round], tuple[str, dict[str, Any]]]

round_sections: list[RoundSection] = []

# (request, round) -> pages about that round which this person may open, as {label, url}.
RoundLinks = Callable[[Any, Round], list[dict[str, str]]]

round_links: list[RoundLinks] = []


@dataclass(frozen=True, slots=True)
class Taker:
    """A school or hub that takes part in a round, or a person of HQ: whoever a date stands in front of."""

    key: str
    title: str


# audience -> who takes part in a round, by name, in one query.
takers: dict[str, Callable[[Round], list[Taker]]] = {}


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a step of HQ's, as a sentence, with the page where to look at it."""

    sentence: str
    url: str = ""
    link: str = ""
    is_warning: bool = False


# (round, action, now) -> what opening, closing, reopening or archiving it means for what the app keeps.
move_effects: list[Callable[[Round, str, datetime], Iterable[Effect]]] = []

# (round as it stands, settings as they are to be) -> what HQ should know before they are saved, if anything.
setting_effects: list[Callable[[Round, Mapping[str, Any]], Iterable[Effect]]] = []

# (milestone as it stands, new due day, now) -> what follows from another due day beyond reminders.
date_effects: list[Callable[[Milestone, date, datetime], Iterable[Effect]]] = []
