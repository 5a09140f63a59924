"""What hubs do when something happens below them."""

from accounts.models import Invitation
from accounts.registers import parse_scope
from hubs.domain import substitutes
from hubs.domain.hubs import appoint, follow_capacity
from hubs.models import Hub, HubMembership
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from rounds.models import Round


@events.on("invitation.accepted")
def join_hub(invitation: Invitation, occasion: Occasion) -> None:
    kind, pk = parse_scope(invitation.scope)
    if kind == substitutes.SCOPE:
        substitutes.join(invitation, pk, now=occasion.now)
    if kind == "hub" and invitation.accepted_by is not None:
        appoint(Hub.objects.get(pk=pk), invitation.accepted_by, invitation.role, now=occasion.now)


@events.on("round.changed")
def change_places(round_: Round, occasion: Occasion) -> None:
    if "hub_capacity" in occasion.given["changed"]:
        before, after = occasion.given["changed"]["hub_capacity"]
        follow_capacity(round_, before, after, now=occasion.now)


@events.on("hub_membership.started", "hub_membership.ended")
def end_substitution(membership: HubMembership, occasion: Occasion) -> None:
    substitutes.follow(membership, by=occasion.by, now=occasion.now)
