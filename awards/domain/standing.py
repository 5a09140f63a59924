"""What a person is to a submission: one row, kept up to date here and defended by the database.

Conflicts are never taken away when a membership ends: who led or mentored a hub with the school in it, in
this round or an earlier one, or was ever at the school or at another one of its trust, doesn't review it.
What somebody declared (an interest) counts until HQ lifts it; decision 0078. Everything that writes
standings locks the submission first (and the hub or school before it), so that an appointment and an
assignment at the same moment take turns; were they not to, the unique row would refuse the second.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from awards.models import Interest, Review, Standing
from hubs.models import Hub, HubMembership
from psqm_portal.core.machine import Refused
from schools.models import School, SchoolMembership
from submissions.models import Submission
from submissions.models.submission import Status

# A submission that ended without an outcome is reviewed by nobody any more.
ENDED = [Status.WITHDRAWN, Status.DEFERRED]


class Reason(NamedTuple):
    why: str
    declared: bool = False


# (person, submission) -> why the person doesn't review it.
Reasons = dict[tuple[int, int], Reason]


def on_enrolment(submission: Submission) -> None:
    """The conflicts a new submission starts with: its hub's people of today, the school's of any day, those
    of its earlier submissions, and what was declared.

    Call inside the transaction of the enrolment, as events do.
    """
    Hub.objects.select_for_update(no_key=True).get(pk=submission.hub_id)
    School.objects.select_for_update(no_key=True).get(pk=submission.school_id)
    reasons = reasons_beyond_hubs([submission])
    earlier = Standing.objects.filter(
        submission__school=submission.school_id, kind=Standing.Kind.CONFLICT, declared=False
    ).exclude(submission=submission)
    found = {user: Reason(why) for user, why in earlier.order_by("pk").values_list("user", "why")}
    hub = HubMembership.objects.filter(hub_id=submission.hub_id).filter(
        Q(ended_at=None) | Q(ended_at__gte=submission.enrolled_at)
    )
    found |= {member.user_id: Reason(hub_reason(member)) for member in hub.select_related("hub")}
    school = SchoolMembership.objects.filter(school_id=submission.school_id).select_related("school")
    found |= {member.user_id: Reason(school_reason(member)) for member in school}
    _note(reasons | {(user, submission.pk): reason for user, reason in found.items()})


def on_move(submission: Submission) -> list[Review]:
    """The work came to another hub: its people of today may not review it. The old hub's keep their conflict.

    Returns the reviews that have to be taken back.
    """
    Hub.objects.select_for_update(no_key=True).get(pk=submission.hub_id)
    people = HubMembership.objects.current().filter(hub_id=submission.hub_id).select_related("user", "hub")
    this = Submission.objects.filter(pk=submission.pk)
    return [review for one in people.order_by("pk") for review in conflict(one.user, this, hub_reason(one))]


def on_hub_membership(membership: HubMembership) -> list[Review]:
    """Returns the reviews that have to be taken back."""
    Hub.objects.select_for_update(no_key=True).get(pk=membership.hub_id)
    submissions = Submission.objects.filter(hub_id=membership.hub_id).exclude(status__in=ENDED)
    return conflict(membership.user, submissions, hub_reason(membership))


def on_school_membership(membership: SchoolMembership) -> list[Review]:
    """Returns the reviews that have to be taken back, at the school and at the others of its trust."""
    School.objects.select_for_update(no_key=True).get(pk=membership.school_id)
    live, school = Submission.objects.exclude(status__in=ENDED), membership.school
    taken = conflict(membership.user, live.filter(school=school), school_reason(membership))
    if school.trust and HubMembership.objects.filter(user=membership.user).exists():
        beside = live.filter(school__trust__iexact=school.trust).exclude(school=school)
        taken += conflict(membership.user, beside, employer_reason(school.trust))
    return taken


def on_interest(interest: Interest) -> list[Review]:
    """Returns the reviews that have to be taken back."""
    if interest.school_id is not None:
        School.objects.select_for_update(no_key=True).get(pk=interest.school_id)
    submissions = Submission.objects.filter(covered(interest)).exclude(status__in=ENDED)
    return conflict(interest.user, submissions, interest_reason(interest), declared=True)


def on_lifting(interest: Interest) -> None:
    """What rested on the interest alone is no conflict any more; a reviewer of before may be asked again."""
    ids = lock(Submission.objects.filter(covered(interest)))
    left = reasons_beyond_hubs(Submission.objects.filter(pk__in=ids).select_related("school"))
    rows = Standing.objects.select_for_update().filter(
        user=interest.user_id, submission__in=ids, declared=True
    )
    gone = []
    for row in rows.order_by("pk"):
        if (reason := left.get((row.user_id, row.submission_id))) is None:
            gone.append(row.pk)
        else:
            row.why, row.declared = reason.why[:200], reason.declared
            row.save(update_fields=["why", "declared"])
    reviewed = Standing.objects.filter(Exists(Review.objects.filter(standing=OuterRef("pk"))), pk__in=gone)
    reviewed.update(kind=Standing.Kind.REVIEWER, why="", declared=False)
    Standing.objects.filter(pk__in=gone, kind=Standing.Kind.CONFLICT).delete()


def catch_up(submissions: QuerySet[Submission]) -> list[Review]:
    """What no event tells: the register named another trust of a school, or an employer's school is new here.

    Asked before reviewers are chosen. Returns the reviews that have to be taken back.
    """
    rows = list(submissions.select_for_update(of=["self"]).select_related("school").order_by("pk"))
    reasons = reasons_beyond_hubs(rows)
    known = Standing.objects.filter(submission__in=rows, kind=Standing.Kind.CONFLICT)
    for pair in known.values_list("user", "submission"):
        reasons.pop(pair, None)
    if not reasons:
        return []
    _note(reasons)
    reviewers = Standing.objects.select_for_update().filter(
        submission__in=rows, kind=Standing.Kind.REVIEWER, user__in={user for user, _ in reasons}
    )
    turned = [row for row in reviewers.order_by("pk") if (row.user_id, row.submission_id) in reasons]
    for row in turned:
        reason = reasons[row.user_id, row.submission_id]
        row.kind, row.why, row.declared = Standing.Kind.CONFLICT, reason.why[:200], reason.declared
    Standing.objects.bulk_update(turned, ["kind", "why", "declared"])
    return _unfinished([row.pk for row in turned])


def reasons_beyond_hubs(submissions: Iterable[Submission]) -> Reasons:
    """What is declared, and who is or was at another school of the trust: of these only people who ever led
    or mentored a hub, since nobody else could review. Two queries.
    """
    found: Reasons = {}
    by_school: dict[int, list[int]] = {}
    by_employer: dict[str, list[int]] = {}
    by_trust: dict[str, list[int]] = {}
    trusts = set()
    for row in submissions:
        trust, authority = row.school.trust.casefold(), row.school.local_authority.casefold()
        trusts.add(row.school.trust)
        by_school.setdefault(row.school_id, []).append(row.pk)
        by_trust.setdefault(trust, []).append(row.pk)
        for employer in {trust, authority}:
            by_employer.setdefault(employer, []).append(row.pk)
    for interest in Interest.objects.filter(lifted_at=None).order_by("pk"):
        covers = (
            by_employer.get(interest.employer.casefold(), [])
            if interest.school_id is None
            else by_school.get(interest.school_id, [])
        )
        for pk in covers:
            found.setdefault((interest.user_id, pk), Reason(interest_reason(interest), declared=True))
    members = SchoolMembership.objects.filter(
        Exists(HubMembership.objects.filter(user=OuterRef("user"))), school__trust__in=trusts - {""}
    )
    for user, trust in members.order_by("pk").values_list("user", "school__trust"):
        for pk in by_trust[trust.casefold()]:
            found[user, pk] = Reason(employer_reason(trust))
    return found


def covered(interest: Interest) -> Q:
    """Of submissions: those that the person doesn't review because of it."""
    if interest.school_id is not None:
        return Q(school=interest.school_id)
    return Q(school__trust__iexact=interest.employer) | Q(school__local_authority__iexact=interest.employer)


def conflict(
    user: User, submissions: QuerySet[Submission], why: str, *, declared: bool = False
) -> list[Review]:
    """Make the person conflicted towards all of these; five queries, however many there are.

    A reviewer's standing turns into a conflict, and a declared conflict into one that stays. Returns that
    reviewer's unfinished reviews; finished ones stay as they are.
    """
    ids = lock(submissions)
    if not ids:
        return []
    _note({(user.pk, pk): Reason(why, declared) for pk in ids})
    weaker = Q(kind=Standing.Kind.REVIEWER) if declared else Q(kind=Standing.Kind.REVIEWER) | Q(declared=True)
    turned = list(
        Standing.objects.select_for_update()
        .filter(weaker, user=user, submission_id__in=ids)
        .order_by("submission_id")
        .values_list("pk", flat=True)
    )
    if not turned:
        return []
    Standing.objects.filter(pk__in=turned).update(
        kind=Standing.Kind.CONFLICT, why=why[:200], declared=declared
    )
    return _unfinished(turned)


def _note(reasons: Reasons) -> None:
    """Where there is no standing yet."""
    Standing.objects.bulk_create(
        [
            Standing(
                user_id=user,
                submission_id=submission,
                kind=Standing.Kind.CONFLICT,
                why=reason.why[:200],
                declared=reason.declared,
            )
            for (user, submission), reason in sorted(reasons.items())
        ],
        ignore_conflicts=True,
    )


def _unfinished(standings: list[int]) -> list[Review]:
    return list(
        Review.objects.filter(standing_id__in=standings, status=Review.Status.ASSIGNED)
        .select_related("standing__user", "standing__submission__school")
        .order_by("standing__submission_id", "pk")
    )


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


def employer_reason(employer: str) -> str:
    return f"works or worked for {employer}"


def interest_reason(interest: Interest) -> str:
    """The reviewer may read it in a mail: so not what a school wrote, nor that it was the school."""
    if interest.school_id is None:
        return employer_reason(interest.employer)
    return "declared to HQ" if interest.side == Interest.Side.SCHOOL else f"declared: {interest.why}"
