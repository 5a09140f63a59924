"""Who still owes a step of reviewing: asked by reminders and by "waiting for you" alike."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, F, OuterRef
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from awards.models import Review, Standing
from hubs.models import HubMembership
from psqm_portal.core.clock import london_day
from psqm_portal.core.registers import Owed, ids_of, owing, subject_names
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from submissions.models import Submission
from submissions.models.submission import Status


@owing(Step.REVIEW, Audience.HUB_LEADER)
def review(
    milestone: Milestone, _: datetime, user: User | None, *, subjects: Collection[str] | None = None
) -> Iterable[Owed]:
    """Each unfinished review, by its reviewer; one query."""
    leads = HubMembership.objects.current().filter(
        user=OuterRef("standing__user_id"), role=HubMembership.Kind.LEADER
    )
    rows = Review.objects.filter(
        Exists(leads),
        status=Review.Status.ASSIGNED,
        cycle=F("standing__submission__cycle"),
        standing__kind=Standing.Kind.REVIEWER,
        standing__submission__round=milestone.round_id,
        standing__user__is_active=True,
    )
    # A fresh review for an appeal isn't of the round's date.
    rows = rows.exclude(standing__submission__status=Status.NOTIFIED)
    if user is not None:
        rows = rows.filter(standing__user=user)
    if subjects is not None:
        rows = rows.filter(pk__in=ids_of("review", subjects))
    return [
        Owed(
            subject=row.key,
            title=row.standing.submission.school.name,
            what="review their submission",
            url=row.get_absolute_url(),
            due_on=milestone.due_on,
            since=london_day(row.assigned_at),
            recipients=(row.standing.user,),
        )
        for row in rows.select_related("standing__user", "standing__submission__school")
    ]


@owing(Step.ASSIGN_REVIEWERS, Audience.HQ)
def assign_reviewers(
    milestone: Milestone, _: datetime, user: User | None, *, subjects: Collection[str] | None = None
) -> Iterable[Owed]:
    """One duty for the round, however many submissions wait."""
    found = _of_round(milestone, user, Status.SUBMITTED, "assign reviewers to", "round_reviews")
    return _about(subjects, found)


@owing(Step.DECIDE, Audience.HQ)
def decide(
    milestone: Milestone, _: datetime, user: User | None, *, subjects: Collection[str] | None = None
) -> Iterable[Owed]:
    return _about(subjects, _of_round(milestone, user, Status.REVIEWED, "decide on", "round_decisions"))


def _names(ids: Collection[int]) -> Mapping[int, str]:
    rows = Review.objects.filter(pk__in=ids)
    return dict(rows.values_list("pk", "standing__submission__school__name"))


subject_names["review"] = _names


def _about(subjects: Collection[str] | None, found: list[Owed]) -> list[Owed]:
    return [one for one in found if subjects is None or one.subject in subjects]


def _of_round(
    milestone: Milestone, user: User | None, status: Status, verb: str, url_name: str
) -> list[Owed]:
    waiting = Submission.objects.filter(round=milestone.round_id, status=status).count()
    people = hq_people([Role.HQ_ADMIN])
    recipients = tuple(people.filter(pk=user.pk) if user is not None else people)
    if not waiting or not recipients:
        return []
    return [
        Owed(
            subject=f"round:{milestone.round_id}",
            title=milestone.round.name,
            what=f"{verb} {waiting} {'submission' if waiting == 1 else 'submissions'}",
            url=reverse(url_name, args=[milestone.round.slug]),
            due_on=milestone.due_on,
            since=milestone.opens_on,
            recipients=recipients,
        )
    ]
