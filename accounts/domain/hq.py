"""Who works for HQ, from when to when."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import HQMembership, User
from accounts.queries import hq_roles
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role


def appoint(user: User, role: Role, *, now: datetime, by: User | None = None) -> HQMembership:
    """The person's current place in HQ in this role, made if there is none."""
    current = HQMembership.objects.current().filter(user=user, role=role.value)
    if (held := current.first()) is not None:
        return held
    try:
        with transaction.atomic():
            membership = HQMembership.objects.create(
                user=user, role=HQMembership.Kind(role.value), started_at=now
            )
            events.publish("hq_membership.started", membership, Occasion(by=by, now=now))
            return membership
    except IntegrityError:
        if (held := current.first()) is not None:
            return held
        raise


@transaction.atomic
def end(membership: HQMembership, *, by: User, now: datetime) -> None:
    """Ends a place in HQ. Raises Refused for the last admin: nobody could let anybody in after that."""
    admins = list(
        HQMembership.objects.current()
        .select_for_update(of=("self",))
        .filter(role=Role.HQ_ADMIN.value, user__is_active=True)
        .order_by("pk")
    )
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    membership = HQMembership.objects.select_for_update().get(pk=membership.pk)
    if membership.ended_at is not None:
        return
    if [admin.pk for admin in admins] == [membership.pk]:
        raise Refused("This is the last HQ admin. Invite another one first.")
    membership.ended_at = max(now, membership.started_at)
    membership.save(update_fields=["ended_at"])
    events.publish("hq_membership.ended", membership, Occasion(by=by, now=now))
