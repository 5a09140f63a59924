"""What a round's dates and moves mean for hubs: who takes part, and who waits to join."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from hubs.models import HubRound, Registration, Seat
from psqm_portal.core.machine import Occasion
from psqm_portal.core.templatetags.portal import and_list, counted
from rounds.domain.machine import round_machine
from rounds.models import Audience, Round
from rounds.slots import Effect, Taker, move_effects, setting_effects, takers

NAMED = 5


def hubs_of(round_: Round) -> list[Taker]:
    rows = HubRound.objects.filter(round=round_).order_by("hub__name").values_list("hub_id", "hub__name")
    return [Taker(f"hub:{pk}", name) for pk, name in rows]


def effects(round_: Round, action: str, _: datetime) -> Iterator[Effect]:
    if action in {"open", "reopen"}:
        yield _places(round_)
    waiting = Registration.objects.filter(round=round_, status=Registration.Status.WAITING)
    names = list(waiting.order_by("registered_at").values_list("school__name", flat=True))
    if not names:
        if action == "close":
            yield Effect(
                "No registration waits for an answer. No school can register or be enrolled any more."
            )
        return
    listed = and_list([*names[:NAMED], counted(len(names) - NAMED, "other")] if len(names) > NAMED else names)
    url, link = reverse("registrations"), "See the registrations"
    if action == "close":
        yield Effect(
            f"{_waiting(len(names))} for an answer: {listed}. What waits stays so and can’t be accepted "
            "while the round is closed. Answer it first; closing the round tells nobody.",
            url,
            link,
            is_warning=True,
        )
    elif action == "reopen":
        yield Effect(
            f"{counted(names, 'registration')} that waited can be accepted again: {listed}.", url, link
        )


def _places(round_: Round) -> Effect:
    hubs = HubRound.objects.filter(round=round_).count()
    if not hubs:
        return Effect(
            "No hub takes part yet. Schools can register, and join once a hub has places for them.",
            reverse("hubs"),
            "See the hubs",
            is_warning=True,
        )
    seats = Seat.objects.filter(hub_round__round=round_).aggregate(
        all=Count("pk"), free=Count("pk", filter=Q(submission=None))
    )
    return Effect(
        f"Schools can register and be enrolled. {counted(hubs, 'hub')} {'takes' if hubs == 1 else 'take'} "
        f"part, with {counted(seats['free'], 'free place')} of {seats['all']:,}."
    )


def of_settings(round_: Round, wanted: Mapping[str, Any]) -> Iterator[Effect]:
    """Fewer places in each hub: which hubs have more schools than that."""
    before, after = round_.hub_capacity, wanted.get("hub_capacity", round_.hub_capacity)
    if after >= before:
        return
    rows = (
        HubRound.objects.filter(round=round_)
        .annotate(places=Count("seats"), free=Count("seats", filter=Q(seats__submission=None)))
        .filter(places=before)
        .order_by("hub__name")
        .values_list("hub__name", "places", "free")
    )
    hubs = [(name, places - free) for name, places, free in rows]
    over = [(name, taken) for name, taken in hubs if taken > after]
    if not over:
        return
    yield Effect(
        f"Places in a hub: {before} now, {after} then. {counted(hubs, 'hub')} with {before} places "
        f"{'loses' if len(hubs) == 1 else 'lose'} free places; no school loses its place."
    )
    for name, taken in over:
        yield Effect(
            f"{name} has {counted(taken, 'school')}: it keeps {counted(taken, 'place')}, none of them free.",
            is_warning=True,
        )


def nobody_waits(round_: Round, _: Occasion) -> str | None:
    """An archived round opens no more, so nobody could ever answer."""
    waiting = Registration.objects.filter(round=round_, status=Registration.Status.WAITING).count()
    if not waiting:
        return None
    return f"{_waiting(waiting)} for an answer. Decline them, or reopen the round and accept them."


def _waiting(number: int) -> str:
    return f"{counted(number, 'registration')} {'waits' if number == 1 else 'wait'}"


takers[Audience.HUB_LEADER] = hubs_of
if of_settings not in setting_effects:
    setting_effects.append(of_settings)
if effects not in move_effects:
    move_effects.append(effects)
    round_machine.guard("archive")(nobody_waits)
