from accounts.domain.invitations import withdraw_all_of
from accounts.models import Invitation
from accounts.registers import parse_scope
from psqm_portal.core import events, log
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role
from schools.domain.invitations import INVITERS, scope_of
from schools.domain.people import join
from schools.models import RegisterImport, School, SchoolMembership
from schools.queries import school_roles
from schools.tasks import work_on_register

log.follow("school_membership.started", "school_membership.ended")


@events.on("invitation.accepted")
def start_at_school(invitation: Invitation, occasion: Occasion) -> None:
    kind, pk = parse_scope(invitation.scope)
    if kind == "school" and occasion.by is not None:
        join(School.objects.get(pk=pk), occasion.by, Role(invitation.role), now=occasion.now, by=occasion.by)


@events.on("school_membership.ended")
def end_their_invitations(membership: SchoolMembership, occasion: Occasion) -> None:
    """A headteacher who leaves leaves no door open behind them: who was invited by them is invited anew."""
    if not INVITERS & school_roles(membership.user, membership.school):
        withdraw_all_of(membership.user, scope_of(membership.school), by=occasion.by, now=occasion.now)


@events.on("register_import.waits")
def work_on_it(register: RegisterImport, _: Occasion) -> None:
    work_on_register.delay_on_commit(register.pk)  # type: ignore[attr-defined]  # Celery's types don't know it
