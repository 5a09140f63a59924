"""HQ's board of a round: schools by stage and by hub, what is late, what is outstanding."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from psqm_portal.board import queries
from psqm_portal.board.rules import sees_the_board
from psqm_portal.core import clock
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.pages.sight import places_in


@require_safe
def round_board(request: HttpRequest, slug: str) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    if not sees_the_board(user):
        raise PermissionDenied
    round_ = get_object_or_404(Round, slug=slug)
    places = places_in(request)
    hubs = queries.stages_by_hub(round_, places)
    columns = [
        (status, sum(hub.counts[index] for hub in hubs)) for index, status in enumerate(queries.STAGES)
    ]
    shown = [index for index, (_, total) in enumerate(columns) if total]
    return render(
        request,
        "board/round_board.html",
        {
            "round": round_,
            "columns": [columns[index] for index in shown],
            # As words: a template writes a number by the rules of the language, 400 times on this page.
            "hubs": [
                (
                    hub,
                    str(hub.total),
                    [(queries.STAGES[index], str(hub.counts[index] or "")) for index in shown],
                )
                for hub in hubs
            ],
            "schools": sum(total for _, total in columns),
            "late": queries.late_steps(round_, clock.london_day(clock.now())),
            "reviews_outstanding": queries.reviews_outstanding(round_),
            "money": queries.money_outstanding(round_) if Role.HQ_ADMIN in places.hq else None,
        },
    )
