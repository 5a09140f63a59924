"""Telling a round's outcomes: each submission in its own transaction, so that it can be begun again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from awards.models import Decision
from hubs.models import HubMembership
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import SchoolMembership
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from submissions.models.submission import Status

TOLD_AT_SCHOOL = [Role.SUBJECT_LEADER.value, Role.HEADTEACHER.value]


@dataclass(slots=True)
class Released:
    told: list[Submission] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def decided(round_: Round) -> QuerySet[Submission]:
    standing = Decision.objects.filter(undone_at=None).select_related("level")
    return (
        Submission.objects.filter(round=round_, status=Status.DECIDED)
        .select_related("school", "hub")
        .prefetch_related(Prefetch("decisions", standing, to_attr="standing_decisions"))
        .order_by("school__name", "pk")
    )


def release_all(submissions: Iterable[Submission], *, reason: str, by: User, now: datetime) -> Released:
    """Run again after a crash, it tells only those who weren't told: a told one isn't decided any more."""
    result = Released()
    for submission in submissions:
        try:
            result.told.append(
                submission_machine.perform(submission, "release", by=by, now=now, reason=reason)
            )
        except Refused as refused:
            result.problems.append(f"{submission.school}: {refused}")
    return result


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
