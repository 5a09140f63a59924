"""What a person is to a submission: one row, kept up to date here and defended by the database.

Conflicts are never taken away when a membership ends: who led or mentored the hub, or was ever at the
school, doesn't review it. Everything that writes standings locks the submission first (and the hub or
school before it), so that an appointment and an assignment at the same moment take turns; were they not
to, the unique row would refuse the second.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.queries import hq_roles
from awards.models import Review, Standing
from hubs.models import Hub, HubMembership
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from schools.models import School, SchoolMembership
from submissions.models import Submission
from submissions.models.submission import Status

# A submission that ended without an outcome is reviewed by nobody any more.
ENDED = [Status.WITHDRAWN, Status.DEFERRED]


def on_enrolment(submission: Submission) -> None:
    """The conflicts a new submission starts with: its hub's people of today, and the school's of any day.

    Call inside the transaction of the enrolment, as events do.
    """
    Hub.objects.select_for_update(no_key=True).get(pk=submission.hub_id)
    School.objects.select_for_update(no_key=True).get(pk=submission.school_id)
    hub = HubMembership.objects.filter(hub_id=submission.hub_id).filter(
        Q(ended_at=None) | Q(ended_at__gte=submission.enrolled_at)
    )
    reasons = {member.user_id: hub_reason(member) for member in hub.select_related("hub")}
    school = SchoolMembership.objects.filter(school_id=submission.school_id).select_related("school")
    reasons |= {member.user_id: school_reason(member) for member in school}
    Standing.objects.bulk_create(
        [
            Standing(user_id=user_id, submission=submission, kind=Standing.Kind.CONFLICT, why=why)
            for user_id, why in sorted(reasons.items())
        ],
        ignore_conflicts=True,
    )


def on_move(submission: Submission) -> list[tuple[HubMembership, list[Review]]]:
    """The work came to another hub: its people of today may not review it. The old hub's keep their conflict.

    Returns each of them with the reviews that have to be taken back.
    """
    Hub.objects.select_for_update(no_key=True).get(pk=submission.hub_id)
    people = HubMembership.objects.current().filter(hub_id=submission.hub_id).select_related("user", "hub")
    this = Submission.objects.filter(pk=submission.pk)
    return [(one, conflict(one.user, this, hub_reason(one))) for one in people.order_by("pk")]


def on_hub_membership(membership: HubMembership) -> list[Review]:
    """Returns the reviews that have to be taken back."""
    Hub.objects.select_for_update(no_key=True).get(pk=membership.hub_id)
    submissions = Submission.objects.filter(hub_id=membership.hub_id).exclude(status__in=ENDED)
    return conflict(membership.user, submissions, hub_reason(membership))


def on_school_membership(membership: SchoolMembership) -> list[Review]:
    """Returns the reviews that have to be taken back."""
    School.objects.select_for_update(no_key=True).get(pk=membership.school_id)
    submissions = Submission.objects.filter(school_id=membership.school_id).exclude(status__in=ENDED)
    return conflict(membership.user, submissions, school_reason(membership))


def conflict(user: User, submissions: QuerySet[Submission], why: str) -> list[Review]:
    """Make the person conflicted towards all of these; five queries, however many there are.

    A reviewer's standing turns into a conflict. Returns that reviewer's unfinished reviews; finished
    ones stay as they are.
    """
    ids = lock(submissions)
    if not ids:
        return []
    Standing.objects.bulk_create(
        [Standing(user=user, submission_id=pk, kind=Standing.Kind.CONFLICT, why=why[:200]) for pk in ids],
        ignore_conflicts=True,
    )
    turned = list(
        Standing.objects.select_for_update()
        .filter(user=user, submission_id__in=ids, kind=Standing.Kind.REVIEWER)
        .order_by("submission_id")
        .values_list("pk", flat=True)
    )
    if not turned:
        return []
    Standing.objects.filter(pk__in=turned).update(kind=Standing.Kind.CONFLICT, why=why[:200])
    return list(
        Review.objects.filter(standing_id__in=turned, status=Review.Status.ASSIGNED)
        .select_related("standing__user", "standing__submission__school")
        .order_by("standing__submission_id", "pk")
    )


def declare(user: User, submission: Submission, *, why: str, by: User, now: datetime) -> list[Review]:
    """HQ knows of a conflict that no membership shows. Returns the reviews that have to be taken back."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if not why.strip():
        raise Refused("Write the reason.")
    with transaction.atomic():
        reviews = conflict(user, Submission.objects.filter(pk=submission.pk), f"declared: {why.strip()}")
        HistoryEntry.objects.create(
            machine="standing",
            subject_id=Standing.objects.get(user=user, submission=submission).pk,
            action="declare_conflict",
            target=Standing.Kind.CONFLICT.value,
            by=by,
            at=now,
            reason=why.strip(),
        )
    return reviews


def become_reviewer(user: User, submission: Submission) -> Standing:
    """The standing a review hangs on. Raises Refused, with the reason, for a person with a conflict."""
    standing = Standing.objects.select_for_update().filter(user=user, submission=submission).first()
    if standing is None:
        try:
            with transaction.atomic():
                standing = Standing.objects.create(
                    user=user, submission=submission, kind=Standing.Kind.REVIEWER
                )
        except IntegrityError:
            # Somebody was faster: an appointment to the hub, or the same assignment from another tab.
            standing = Standing.objects.get(user=user, submission=submission)
    if standing.kind == Standing.Kind.CONFLICT:
        raise Refused(conflict_sentence(standing))
    return standing


def conflict_sentence(standing: Standing) -> str:
    school = standing.submission.school
    return f"{standing.user} has a conflict of interest and can't review {school}: {standing.why}."


def lock(submissions: QuerySet[Submission]) -> list[int]:
    """Lock the rows in one order, whoever comes, and return their ids."""
    return list(submissions.select_for_update().order_by("pk").values_list("pk", flat=True))


def hub_reason(membership: HubMembership) -> str:
    verb = "leads" if membership.role == HubMembership.Kind.LEADER else "mentors"
    past = "led" if membership.role == HubMembership.Kind.LEADER else "mentored"
    return f"{verb if membership.ended_at is None else past} the hub {membership.hub}"


def school_reason(membership: SchoolMembership) -> str:
    return f"is or was at {membership.school}"[:200]
