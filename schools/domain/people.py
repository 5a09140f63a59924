"""Who belongs to a school, from when to when. A membership that ended stays for conflicts of interest."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import User
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from schools.domain.merging import surviving
from schools.models import School, SchoolMembership
from schools.queries import school_roles


@transaction.atomic
def join(
    school: School, user: User, role: Role, *, now: datetime, by: User | None = None
) -> SchoolMembership:
    """The person's current membership in this role, made if there is none."""
    school = surviving(school.pk)
    current = SchoolMembership.objects.current().filter(school=school, user=user, role=role.value)
    if (held := current.first()) is not None:
        return held
    try:
        with transaction.atomic():
            membership = SchoolMembership.objects.create(
                school=school, user=user, role=SchoolMembership.Kind(role.value), started_at=now
            )
            events.publish("school_membership.started", membership, Occasion(by=by, now=now))
            return membership
    except IntegrityError:
        # Somebody else made it at the same moment.
        if (held := current.first()) is not None:
            return held
        raise


@transaction.atomic
def leave(membership: SchoolMembership, *, by: User, now: datetime) -> SchoolMembership:
    """Ends a membership; rights that came from it end with it. Ending it twice is harmless.

    Raises PermissionDenied but for HQ admins and the school's headteacher, Refused where a headteacher
    would shut themselves out.
    """
    membership = (
        SchoolMembership.objects.select_for_update(of=("self",))
        .select_related("user", "school")
        .get(pk=membership.pk)
    )
    held = school_roles(by, membership.school)
    if not held & {Role.HQ_ADMIN, Role.HEADTEACHER}:
        raise PermissionDenied
    if membership.ended_at is not None:
        return membership
    if Role.HQ_ADMIN not in held and membership.role == Role.HEADTEACHER and membership.user_id == by.pk:
        raise Refused("You can't end your own place as headteacher. Ask HQ to do it.")
    membership.ended_at = max(now, membership.started_at)
    membership.save(update_fields=["ended_at"])
    events.publish("school_membership.ended", membership, Occasion(by=by, now=now))
    return membership
