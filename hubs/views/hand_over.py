"""What a hub's leader hands on: the page, and its notes. For the leader and HQ's admins."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hubs import queries
from hubs.domain import hand_over as domain
from hubs.forms.hubs import HandOverForm
from hubs.models import HandOverNote, Hub
from hubs.pages import hand_over as pages
from hubs.pages.hubs import substitutions_of
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from rounds.views.access import SignedIn, need


def _hub(request: SignedIn, slug: str) -> Hub:
    hub = get_object_or_404(queries.visible_to(request.user), slug=slug)
    need(request, "hubs.hand_over", hub)
    return hub


@require_safe
def hub_hand_over(request: SignedIn, slug: str) -> HttpResponse:
    hub = _hub(request, slug)
    notes = pages.newest_notes(hub)
    context = {
        "hub": hub,
        "leader": queries.leader_of(hub),
        "substitution": substitutions_of([hub.pk]).first(),
        "note": notes.get(None),
        "rounds": pages.rounds_of(request, hub, notes),
        "now": now(),
    }
    return render(request, "hubs/hand_over.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over_note(request: SignedIn, slug: str, pk: int | None = None) -> HttpResponse:
    """The note about one school, or about the hub itself."""
    hub = _hub(request, slug)
    school = get_object_or_404(pages.schools_for(request.user, hub), pk=pk) if pk is not None else None
    stands = domain.standing(hub, school)
    words = domain.words_of(stands)
    form = HandOverForm(request.POST or None, initial=words, standing=words)
    context: dict[str, Any] = {"hub": hub, "school": school, "form": form, "stands": stands}
    if request.method == "POST" and form.is_valid():
        try:
            domain.write_note(hub, school, **form.words(), by=request.user, now=now(), opened_with=form.seen)
        except OutOfDate as newer:
            return conflict_page(
                request, form, newer.standing, what=f"the note about {school or hub}", back=request.path
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The note is saved.")
            return redirect("hub_hand_over", slug)
    earlier = HandOverNote.objects.filter(hub=hub, school=school).select_related("written_by")
    context["earlier"] = earlier.exclude(pk=stands.pk if stands else 0).exclude(text="")[:20]
    return render(request, "hubs/hand_over_note.html", context)
