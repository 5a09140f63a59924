"""The way from a round's page to all that is done about it: board, reviews and awards, money."""

from django.urls import reverse

from psqm_portal.board.rules import sees_the_board
from rounds.models import Round
from rounds.slots import round_links
from rounds.views.access import SignedIn


def pages_of_round(request: SignedIn, round_: Round) -> list[dict[str, str]]:
    user = request.user
    runs, reads = user.has_perm("awards.run"), user.has_perm("awards.read_lists")
    money = user.has_perm("payments.handle_money")
    pages = [
        ("Board: where every school stands", "round_board", sees_the_board(user)),
        ("Reviews", "round_reviews", reads),
        ("Decisions", "round_decisions", reads),
        ("Release of outcomes", "round_release", runs),
        ("Fees", "round_fees", money),
        ("What hub leaders earn", "round_earnings", money),
    ]
    return [{"label": label, "url": reverse(name, args=[round_.slug])} for label, name, may in pages if may]


if pages_of_round not in round_links:
    round_links.append(pages_of_round)
