from accounts.domain import hq, invitations
from accounts.models import HQMembership, Invitation
from accounts.queries import hq_roles
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role


@events.on("invitation.accepted")
def start_in_hq(invitation: Invitation, occasion: Occasion) -> None:
    if invitation.scope == "hq" and occasion.by is not None:
        hq.appoint(occasion.by, Role(invitation.role), now=occasion.now, by=occasion.by)


@events.on("hq_membership.ended")
def end_their_invitations(membership: HQMembership, occasion: Occasion) -> None:
    if Role.HQ_ADMIN not in hq_roles(membership.user):
        invitations.withdraw_all_of(membership.user, "hq", by=occasion.by, now=occasion.now)
