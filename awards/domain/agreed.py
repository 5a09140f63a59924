"""How many reviews a hub leader does in a round at most, as agreed with HQ."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.queries import hq_roles
from hubs.models import HubMembership
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role


def set_numbers(numbers: Mapping[int, int], *, by: User, now: datetime) -> int:
    """By person; a leader of several hubs has the number in each. Returns how many people's changed."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    changed = set()
    with transaction.atomic():
        rows = (
            HubMembership.objects.current()
            .select_for_update()
            .filter(role=HubMembership.Kind.LEADER, user__in=numbers)
        )
        for row in rows.order_by("pk"):
            if row.agreed_reviews != numbers[row.user_id]:
                row.agreed_reviews = numbers[row.user_id]
                row.save(update_fields=["agreed_reviews"])
                HistoryEntry.objects.create(
                    machine="hub_membership", subject_id=row.pk, action="agree_reviews",
                    target=str(row.agreed_reviews), by=by, at=now,
                )  # fmt: skip
                changed.add(row.user_id)
    return len(changed)
