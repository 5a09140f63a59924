from accounts.domain import hq
from accounts.models import Invitation
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role


@events.on("invitation.accepted")
def start_in_hq(invitation: Invitation, occasion: Occasion) -> None:
    if invitation.scope == "hq" and occasion.by is not None:
        hq.appoint(occasion.by, Role(invitation.role), now=occasion.now)
