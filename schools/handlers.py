from accounts.models import Invitation
from accounts.registers import parse_scope
from psqm_portal.core import events, log
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role
from schools.domain.people import join
from schools.models import School

log.follow("school_membership.started", "school_membership.ended")


@events.on("invitation.accepted")
def start_at_school(invitation: Invitation, occasion: Occasion) -> None:
    kind, pk = parse_scope(invitation.scope)
    if kind == "school" and occasion.by is not None:
        join(School.objects.get(pk=pk), occasion.by, Role(invitation.role), now=occasion.now, by=occasion.by)
