"""One page for every move of a submission that has no page of its own."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from submissions.forms.moves import MoveForm
from submissions.pages.outcomes import money_of_move
from submissions.pages.sight import Sight, load
from submissions.pages.task_list import PAGES
from submissions.queries import hub_people, school_people

# What will happen, in words; the moves that are here are the ones with this page.
HAPPENS: dict[str, list[str]] = {
    "let_in_late": [
        "The school can work on its submission again and submit it until the end of the new last day.",
        "It keeps all its work, its parts and their sign-offs.",
    ],
    "reopen": [
        "The school can work on its submission again and submits it anew until the end of the new last day.",
        "Unfinished reviews are void. Finished ones are kept as paid work.",
    ],
    "withdraw": [
        "The school leaves the round. Nobody can work on the submission any more; everything stays readable.",
        "Its place in the hub is free for another school.",
        "This can't be undone.",
    ],
    "defer": [
        "This submission closes, and a copy with all its work is made in the later round.",
        "The invoice goes along. Parts start again as drafts with their texts, rows, evidence and captions.",
        "Its place in this round's hub is free for another school. This can't be undone.",
    ],
}
DONE = {
    "let_in_late": "{school} can work again.",
    "reopen": "{school}'s work is open again.",
    "withdraw": "{school} is withdrawn from {round}.",
    "defer": "{school} is deferred to {to}.",
}
BUTTONS = {
    "let_in_late": "Let the school in",
    "reopen": "Reopen the work",
    "withdraw": "Withdraw the school",
    "defer": "Defer the school",
}


@require_http_methods(["GET", "HEAD", "POST"])
def submission_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    sight = load(request, pk)
    if action in PAGES:
        return redirect(PAGES[action], pk)
    if action not in HAPPENS:
        raise Http404
    move = submission_machine.moves[action]
    if not move.who & sight.roles:
        raise PermissionDenied
    form = MoveForm(request.POST or None, move=move, submission=sight.submission)
    if request.method == "POST" and form.is_valid():
        try:
            submission_machine.perform(
                sight.submission, action, by=sight.person, now=sight.now, **form.given()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _done(request, sight, action, form)
    offers = {
        o.action: o for o in submission_machine.offers(sight.submission, by=sight.person, now=sight.now)
    }
    offer = offers.get(action)
    closed = submission_machine.label(sight.submission.status)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "form": form,
        "action": action,
        "label": move.label,
        "button": BUTTONS[action],
        "kind": "warning" if action in {"withdraw", "defer"} else "",
        "happens": HAPPENS[action],
        "money": money_of_move(sight.submission, action) if action in {"withdraw", "defer"} else [],
        "why_not": offer.why_not if offer else f"This can't be done now: the submission is {closed}.",
        "people": _told(sight),
    }
    return render(request, "submissions/action.html", context)


def _told(sight: Sight) -> list[str]:
    """Everybody the notices of these moves go to."""
    people = [
        *school_people(sight.submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
        *hub_people(sight.submission, Role.HUB_LEADER),
    ]
    return [str(person) for person in dict.fromkeys(people) if person != sight.person]


def _done(request: HttpRequest, sight: Sight, action: str, form: MoveForm) -> HttpResponse:
    submission = sight.submission
    words = DONE[action].format(
        school=submission.school, round=submission.round, to=form.cleaned_data.get("round")
    )
    messages.success(request, f"{words} We've told the school and its hub leader.")
    return redirect("submission", submission.pk)
