"""What hubs do when something happens below them."""

from accounts.models import Invitation
from accounts.registers import parse_scope
from hubs.domain.hubs import appoint
from hubs.models import Hub
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion


@events.on("invitation.accepted")
def join_hub(invitation: Invitation, occasion: Occasion) -> None:
    kind, pk = parse_scope(invitation.scope)
    if kind == "hub" and invitation.accepted_by is not None:
        appoint(Hub.objects.get(pk=pk), invitation.accepted_by, invitation.role, now=occasion.now)
