"""What is late: for HQ everywhere or in one round, for hub leaders and mentors in their hubs."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from psqm_portal.core.clock import london_day, now
from psqm_portal.core.csv import csv_response
from psqm_portal.core.registers import watched
from rounds import queries
from rounds.domain.reminders_late import Late, late
from rounds.models import Round
from rounds.reminder_forms import LateForm
from rounds.views.access import SignedIn, need
from rounds.views.reminders import PAGE
from rounds.views.reminders import tabs as reminder_tabs

HEADER = (
    *("School or hub", "Round", "Still to do", "Whose turn", "Addresses", "Copied to"),
    *("Due", "Days late", "With HQ"),
)


def _subjects(request: SignedIn) -> set[str] | None:
    """None: everything, for HQ. 403 for who looks after nothing."""
    if request.user.has_perm("rounds.view_late"):
        return None
    found = [subjects for asks in watched if (subjects := asks(request.user)) is not None]
    if not found:
        raise PermissionDenied
    return {subject for subjects in found for subject in subjects}


def _found(request: SignedIn, round_: Round | None) -> tuple[LateForm, list[Late]]:
    subjects = _subjects(request)
    form = LateForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    rows = late(now(), round_ or given.get("round"), subjects=subjects)
    for word in given.get("who", "").lower().split():
        rows = [
            row
            for row in rows
            if word in " ".join([row.owed.title, *(person.name for person in row.owed.recipients)]).lower()
        ]
    return form, rows


@require_safe
def late_steps(request: SignedIn) -> HttpResponse:
    form, rows = _found(request, None)
    return _page(request, rows, form=form, round_=None)


@require_safe
def late_of_round(request: SignedIn, slug: str) -> HttpResponse:
    round_ = get_object_or_404(queries.visible_to(request.user), slug=slug)
    need(request, "rounds.view_late")
    return _page(request, late(now(), round_), form=None, round_=round_)


def _page(
    request: SignedIn, rows: Sequence[Late], *, form: LateForm | None, round_: Round | None
) -> HttpResponse:
    with_hq = [row for row in rows if row.with_hq]
    reminded = [row for row in rows if not row.with_hq]
    is_hq = request.user.has_perm("rounds.view_late")
    first = reminded and not (is_hq and with_hq)
    is_reminded = request.GET.get("show", "reminded" if first else "with_hq") == "reminded"
    context: dict[str, Any] = {
        "round": round_,
        "filter": form,
        "page": Paginator(reminded if is_reminded else with_hq, PAGE).get_page(request.GET.get("page")),
        "shows_reminded": is_reminded,
        "is_hq": is_hq,
        "with_hq": len(with_hq),
        "reminded": len(reminded),
        # HQ viewers read the list; a school's work isn't theirs.
        "opens": request.user.has_perm("rounds.change_round") or not is_hq,
    }
    if request.user.has_perm("rounds.change_reminders") and round_ is None:
        context["tabs"] = reminder_tabs("late")
    return render(request, "rounds/late.html", context)


@require_safe
def late_csv(request: SignedIn) -> HttpResponseBase:
    """The whole list, filtered as the page is."""
    _, rows = _found(request, None)
    writes = not request.user.has_perm("rounds.view_late") or request.user.has_perm("rounds.change_round")
    return csv_response(f"late-{london_day(now())}.csv", HEADER, _cells(rows, addresses=writes))


def _cells(rows: Sequence[Late], *, addresses: bool) -> Iterator[list[Any]]:
    for row in rows:
        owed = row.owed
        yield [
            owed.title,
            row.milestone.round.name,
            owed.what,
            ", ".join(person.name for person in owed.recipients),
            ", ".join(person.email for person in owed.recipients) if addresses else "",
            ", ".join(person.name for person in owed.copied),
            owed.due_on,
            row.days,
            row.with_hq,
        ]
