"""Opening, closing, reopening and archiving a round: what follows, then the move."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from rounds import queries
from rounds.domain import effects
from rounds.domain.machine import round_machine
from rounds.forms import ReasonForm
from rounds.views.access import SignedIn, need

DONE = {"open": "open", "close": "closed", "reopen": "open again", "archive": "archived"}


@require_http_methods(["GET", "HEAD", "POST"])
def round_action(request: SignedIn, slug: str, action: str) -> HttpResponse:
    """A page that says what will happen, then the move itself."""
    round_ = get_object_or_404(queries.visible_to(request.user), slug=slug)
    need(request, "rounds.change_round")
    move, moment = round_machine.moves[action], now()
    form = ReasonForm(request.POST or None) if "reason" in move.needs else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        try:
            round_machine.perform(round_, action, by=request.user, now=moment, reason=reason)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{round_} is {DONE[action]}.")
        return redirect("round", round_.slug)
    offers = {one.action: one for one in round_machine.offers(round_, by=request.user, now=moment)}
    offer = offers.get(action)
    if offer is None or not offer.is_open:
        messages.error(request, (offer and offer.why_not) or "This can't be done to the round as it is now.")
        return redirect("round", round_.slug)
    context = {
        "round": round_,
        "move": move,
        "form": form,
        "action": action,
        "effects": effects.of(round_, action, moment),
    }
    return render(request, "rounds/round_action.html", context)
