"""What hubs add to a round's page."""

from typing import Any

from hubs.models import HubRound
from hubs.queries import hub_rounds_visible_to, with_places
from rounds.models import Round
from rounds.slots import round_sections
from rounds.views.access import SignedIn


def hubs_of_round(request: SignedIn, round_: Round) -> tuple[str, dict[str, Any]]:
    rows = with_places(hub_rounds_visible_to(request.user).filter(round=round_)).select_related("hub")
    hub_rounds: list[HubRound] = list(rows.order_by("hub__name"))
    return "hubs/_of_round.html", {"hub_rounds": hub_rounds}


if hubs_of_round not in round_sections:
    round_sections.append(hubs_of_round)
