"""What later apps show on a round's page: hubs taking part, fees, the board."""

from collections.abc import Callable
from typing import Any

from rounds.models import Round

# (request, round) -> (template, its context); the page includes each with that context as ``section``.
RoundSection = Callable[[Any, Round], tuple[str, dict[str, Any]]]

round_sections: list[RoundSection] = []

# (request, round) -> pages about that round which this person may open, as {label, url}.
RoundLinks = Callable[[Any, Round], list[dict[str, str]]]

round_links: list[RoundLinks] = []
