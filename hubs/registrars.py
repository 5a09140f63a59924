"""What the apps below hubs ask about hubs: where an invitation leads, and what a person holds."""

from collections.abc import Collection, Mapping

from django.urls import reverse

from accounts.registers import Holding, Place, holdings, places
from hubs.models import Hub, HubMembership


def hub_places(ids: Collection[int]) -> Mapping[int, Place]:
    return {hub.pk: _place(hub) for hub in Hub.objects.filter(pk__in=ids)}


def hub_holdings(user_ids: Collection[int]) -> list[Holding]:
    rows = HubMembership.objects.current().filter(user_id__in=user_ids).select_related("hub")
    return [Holding(row.user_id, row.role, _place(row.hub)) for row in rows.order_by("hub__name")]


def _place(hub: Hub) -> Place:
    return Place(hub.name, reverse("hub", args=[hub.slug]))


places["hub"] = places["substitution"] = hub_places
if hub_holdings not in holdings:
    holdings.append(hub_holdings)
