"""What later apps know about hubs' pages: submissions fill the school table, payments the fee."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hubs.models import HubRound
from rounds.models import Round
from schools.models import School

# (request, hub_round) -> (template, its context); the page includes each with that context as ``section``.
HubRoundSection = Callable[[Any, HubRound], tuple[str, dict[str, Any]]]
# (round, school or None) -> what the school would pay in pounds before VAT; None while it isn't set.
FeeOfRound = Callable[[Round, School | None], Decimal | None]

hub_round_sections: list[HubRoundSection] = []
fee_of_round: list[FeeOfRound] = []


def fee(round_: Round, school: School | None) -> Decimal | None:
    """The first answer there is."""
    for asks in fee_of_round:
        if (amount := asks(round_, school)) is not None:
            return amount
    return None
