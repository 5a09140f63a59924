"""Which outcomes wait for their release, and who would hear of them."""

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from awards.models import Decision
from hubs.models import HubMembership
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import SchoolMembership
from submissions.models import Submission
from submissions.models.submission import Status

TOLD_AT_SCHOOL = [Role.SUBJECT_LEADER.value, Role.HEADTEACHER.value]


def decided(round_: Round) -> QuerySet[Submission]:
    standing = Decision.objects.filter(undone_at=None).select_related("level")
    return (
        Submission.objects.filter(round=round_, status=Status.DECIDED)
        .select_related("school", "hub", "round", "target_level")
        .prefetch_related(Prefetch("decisions", standing, to_attr="standing_decisions"))
        .order_by("school__name", "pk")
    )


def who_hears(submissions: Iterable[Submission]) -> dict[int, list[User]]:
    """Exactly whom a release would tell, by submission; two queries for any number of them."""
    submissions = list(submissions)
    members = SchoolMembership.objects.filter(
        school_id__in={one.school_id for one in submissions}
    ).select_related("user")
    ever_at: set[tuple[int, int]] = set()
    at_school: dict[int, dict[int, User]] = {}
    for member in members:
        ever_at.add((member.school_id, member.user_id))
        if member.ended_at is None and member.user.is_active and member.role in TOLD_AT_SCHOOL:
            at_school.setdefault(member.school_id, {})[member.user_id] = member.user
    in_hub: dict[int, dict[int, User]] = {}
    hubs = HubMembership.objects.current().filter(
        hub_id__in={one.hub_id for one in submissions}, user__is_active=True
    )
    for leader in hubs.select_related("user"):
        in_hub.setdefault(leader.hub_id, {})[leader.user_id] = leader.user
    return {
        one.pk: [
            *sorted(at_school.get(one.school_id, {}).values(), key=lambda user: (user.name, user.pk)),
            *sorted(
                (
                    user
                    for user in in_hub.get(one.hub_id, {}).values()
                    if (one.school_id, user.pk) not in ever_at
                ),
                key=lambda user: (user.name, user.pk),
            ),
        ]
        for one in submissions
    }
