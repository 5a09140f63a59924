"""A round's plan of who reviews what: made, changed by hand, confirmed, and then assigned by a worker.

One is underway at a time, by the database's word. Until it is confirmed nobody but HQ knows of it. A worker
then assigns submission by submission, each in its own transaction, and writes each reviewer one mail in the
last one: killed anywhere and begun again, it goes on where it was, and nothing is done or told twice.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_roles
from awards.domain import assignment
from awards.domain.planning import Plan, solve
from awards.domain.staffing import NEAR_MILES, OPEN, Staffing, staffing
from awards.models import AssignmentPlan, PlannedReview
from awards.models.plans import UNDERWAY
from awards.notices import review_due_on
from messaging.domain.mail import Letter, write_many
from psqm_portal.core import events
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.models import Submission

Status = AssignmentPlan.Status
Clock = Callable[[], datetime]
TEMPLATE = "awards/mail/reviews_assigned"
# The sweep leaves a plan this long to the worker that was sent for it.
PATIENCE = timedelta(minutes=1)


def underway(round_: Round) -> AssignmentPlan | None:
    rows = AssignmentPlan.objects.filter(round=round_, status__in=UNDERWAY)
    return rows.select_related("round", "confirmed_by").first()


def make(round_: Round, *, by: User, now: datetime) -> AssignmentPlan:
    """The best plan for what is open now. What HQ chose by hand stays, where it still may be."""
    _require_hq(by)
    waiting = Submission.objects.filter(round=round_, status__in=OPEN)
    try:
        with transaction.atomic():
            plan = _open(round_) or AssignmentPlan(round=round_, made_by=by, made_at=now, touched_at=now)
            assignment.refresh(waiting, now=now)
            staff = staffing(round_)
            if not any(staff.needs.values()):
                raise Refused("No submission needs a reviewer now.")
            fixed = _still_right(plan, staff)
            found = solve(staff.problem(fixed))
            plan.made_by, plan.made_at, plan.obstacles = by, now, _as_json(found)
            plan.save()
            plan.reviews.exclude(pk__in=[row.pk for row in fixed]).delete()
            PlannedReview.objects.bulk_create(
                PlannedReview(plan=plan, submission_id=work, user_id=reader) for work, reader in found.pairs
            )
            _remember(plan, "make", by=by, now=now)
    except IntegrityError as twice:
        raise Refused("Somebody else made a plan at the same moment. It is below.") from twice
    return plan


def _open(round_: Round) -> AssignmentPlan | None:
    plan = AssignmentPlan.objects.select_for_update().filter(round=round_, status__in=UNDERWAY).first()
    if plan is not None and plan.status != Status.OPEN:
        raise Refused("The plan is being assigned now. Wait until it is done.")
    return plan


def _still_right(plan: AssignmentPlan, staff: Staffing) -> list[PlannedReview]:
    """What was chosen by hand and may still be, at most as many as the submission needs."""
    if not plan.pk:
        return []
    found, left = [], Counter(staff.needs)
    for row in plan.reviews.filter(by_hand=True):
        if not staff.refusal(row.submission_id, row.user_id) and left[row.submission_id] > 0:
            left[row.submission_id] -= 1
            found.append(row)
    return found


def _as_json(found: Plan) -> dict:
    tight = found.tight
    return {
        "missing": found.missing,
        "short": [[one.work, one.missing, len(one.free)] for one in found.short],
        "tight": tight
        and {
            "works": len(tight.works),
            "readers": list(tight.readers),
            "needed": tight.needed,
            "places": tight.places,
            "beside": tight.beside,
            "missing": tight.missing,
        },
    }


@dataclass(slots=True)
class Check:
    """A plan held against this moment. ``wrong``: planned reviews that can't be done any more, with why;
    ``short``: submissions that it leaves without all their reviewers, with how many they lack.
    """

    staff: Staffing
    planned: dict[int, list[PlannedReview]]
    load: Counter[int]
    wrong: list[tuple[PlannedReview, str]] = field(default_factory=list)
    short: dict[int, int] = field(default_factory=dict)

    @property
    def whole(self) -> list[int]:
        """Submissions that get all they need."""
        return [pk for pk, need in self.staff.needs.items() if need and pk not in self.short]


def check(plan: AssignmentPlan) -> Check:
    """Five queries, however large the round is."""
    staff = staffing(plan.round)
    planned: dict[int, list[PlannedReview]] = defaultdict(list)
    found = Check(staff, planned, Counter({pk: person.has for pk, person in staff.people.items()}))
    for row in plan.reviews.select_related("user", "submission__school").order_by("user__name", "pk"):
        why = staff.refusal(row.submission_id, row.user_id)
        if not why and len(planned[row.submission_id]) >= staff.needs[row.submission_id] and not row.by_hand:
            why = "Has enough reviewers now"
        if why:
            found.wrong.append((row, why))
        else:
            planned[row.submission_id].append(row)
            found.load[row.user_id] += 1
    for pk, need in staff.needs.items():
        if (missing := need - len(planned[pk])) > 0:
            found.short[pk] = missing
    return found


def warnings(found: Check, submission: int, user: int, *, beside: Iterable[int] = ()) -> list[str]:
    """What HQ should know before they choose this person by hand; ``beside``: who else reviews it."""
    staff, person = found.staff, found.staff.people[user]
    mine = any(row.user_id == user for row in found.planned.get(submission, ()))
    load, said = found.load[user] + (not mine), []
    if load > person.agreed:
        said.append(f"would have {load} reviews of {person.agreed} agreed")
    miles = staff.miles(submission, user)
    if miles is not None and miles <= NEAR_MILES:
        said.append("their hub is under a mile away" if miles < 1 else f"their hub is {miles:.0f} miles away")
    same = [
        one.user.name
        for pk, one in staff.people.items()
        if pk in set(beside) - {user} and person.region and one.region == person.region
    ]
    if same:
        said.append(f"comes from the same region as {' and '.join(same)}")
    return said


def choose(
    plan: AssignmentPlan, submission: Submission, users: Sequence[User], *, by: User, now: datetime
) -> None:
    """HQ's own choice for one submission; planning again keeps it. Raises Refused with who and why."""
    _require_hq(by)
    with transaction.atomic():
        plan = AssignmentPlan.objects.select_for_update().select_related("round").get(pk=plan.pk)
        if plan.status != Status.OPEN:
            raise Refused("This plan can’t be changed any more.")
        staff = staffing(plan.round)
        for user in users:
            if why := staff.refusal(submission.pk, user.pk):
                raise Refused(f"{user} can’t be chosen. {why}.")
        need = staff.needs.get(submission.pk, 0)
        if len({user.pk for user in users}) != need:
            raise Refused(f"Choose {need} {'reviewer' if need == 1 else 'reviewers'}; {len(users)} chosen.")
        plan.reviews.filter(submission=submission).delete()
        PlannedReview.objects.bulk_create(
            PlannedReview(plan=plan, submission=submission, user=user, by_hand=True) for user in users
        )
        _remember(plan, "choose", by=by, now=now)


def drop(plan: AssignmentPlan, *, by: User, now: datetime) -> None:
    _require_hq(by)
    with transaction.atomic():
        plan = AssignmentPlan.objects.select_for_update().get(pk=plan.pk)
        if plan.status != Status.OPEN:
            raise Refused("This plan can’t be dropped any more.")
        plan.status, plan.ended_at = Status.DROPPED, now
        plan.save(update_fields=["status", "ended_at"])
        _remember(plan, "drop", by=by, now=now)


def confirm(plan: AssignmentPlan, *, answer_by: date, by: User, now: datetime) -> AssignmentPlan:
    """HQ's word: from here on a worker assigns it. What lacks reviewers stays as it is.

    Raises Refused where what was planned can't be done any more: planning again mends that.
    """
    _require_hq(by)
    if answer_by <= london_day(now):
        raise Refused("Choose a day after today for the answers.")
    with transaction.atomic():
        plan = AssignmentPlan.objects.select_for_update().select_related("round").get(pk=plan.pk)
        if plan.status != Status.OPEN:
            raise Refused("This plan was confirmed or dropped already.")
        assignment.refresh(Submission.objects.filter(round=plan.round, status__in=OPEN), now=now)
        found = check(plan)
        if found.wrong:
            row, why = found.wrong[0]
            more = f", and {len(found.wrong) - 1} more like it" if len(found.wrong) > 1 else ""
            raise Refused(
                f"Something changed since the plan was made: {row.user} and {row.submission.school}"
                f" ({why.lower()}){more}. Plan again: what you chose by hand stays."
            )
        if not found.whole:
            raise Refused("No submission has all its reviewers in this plan.")
        plan.reviews.filter(submission__in=found.short).delete()
        plan.status, plan.answer_by, plan.confirmed_by, plan.touched_at = Status.CONFIRMED, answer_by, by, now
        plan.save(update_fields=["status", "answer_by", "confirmed_by", "touched_at"])
        _remember(plan, "confirm", by=by, now=now)
        events.publish("assignment_plan.confirmed", plan, Occasion(by=by, now=now))
    return plan


# The worker's part -----------------------------------------------------------------------------------------


def waiting(*, now: datetime) -> list[int]:
    """Confirmed, and no worker was at it lately."""
    rows = AssignmentPlan.objects.filter(status=Status.CONFIRMED, touched_at__lt=now - PATIENCE)
    return list(rows.values_list("pk", flat=True))


def work(plan_id: int, *, clock: Clock) -> bool:
    """False when there was nothing to do. ``clock`` and not a moment: each submission is a sign of life."""
    plan = AssignmentPlan.objects.filter(pk=plan_id, status=Status.CONFIRMED).select_related("confirmed_by")
    if (row := plan.first()) is None:
        return False
    pending = row.reviews.filter(done_at=None, problem="").order_by("submission")
    for submission_id in list(pending.values_list("submission", flat=True).distinct()):
        _assign_one(row, submission_id, now=clock())
    return _finish(row, now=clock())


def _assign_one(plan: AssignmentPlan, submission_id: int, *, now: datetime) -> None:
    """Its reviewers at once, or none and why; another worker that had it first left nothing to do."""
    assert plan.confirmed_by is not None and plan.answer_by is not None  # noqa: S101, PT018 - a constraint says so
    with transaction.atomic():
        submission = Submission.objects.select_for_update(of=["self"]).select_related("school", "round")
        one = submission.get(pk=submission_id)
        rows = plan.reviews.filter(submission=one, done_at=None, problem="").select_related("user")
        users = [row.user for row in rows]
        if not users:
            return
        problem = ""
        try:
            with transaction.atomic():
                assignment.assign(
                    one, users, by=plan.confirmed_by, now=now, together=assignment.Together(plan.answer_by)
                )
        except Refused as refused:
            problem = str(refused)
        except PermissionDenied:
            problem = f"{plan.confirmed_by}, who confirmed the plan, isn’t an HQ admin any more."
        pks = [row.pk for row in rows]
        done = {"problem": problem[:300]} if problem else {"done_at": now}
        PlannedReview.objects.filter(pk__in=pks).update(**done)
        AssignmentPlan.objects.filter(pk=plan.pk).update(touched_at=now)


def _finish(plan: AssignmentPlan, *, now: datetime) -> bool:
    """One mail for each reviewer with all that is theirs, and the end of the plan, together."""
    with transaction.atomic():
        row = AssignmentPlan.objects.select_for_update().get(pk=plan.pk)
        if row.status != Status.CONFIRMED or row.reviews.filter(done_at=None, problem="").exists():
            return False
        given: dict[User, list[PlannedReview]] = defaultdict(list)
        done = row.reviews.filter(done_at__isnull=False).select_related("user", "submission__school")
        for one in done.order_by("user", "submission__school__name", "pk"):
            given[one.user].append(one)
        milestone = review_due_on(row.round_id)
        write_many(
            (
                Letter(
                    TEMPLATE,
                    user,
                    context(row, [one.submission for one in theirs], milestone.due_on if milestone else None),
                    about=f"round:{row.round_id}",
                    once=f"assignment_plan:{row.pk}:{user.pk}",
                )
                for user, theirs in given.items()
            ),
            now=now,
        )
        row.status, row.ended_at = Status.DONE, now
        row.save(update_fields=["status", "ended_at"])
        _remember(row, "finish", by=None, now=now)
    return True


def context(plan: AssignmentPlan, submissions: Sequence[Submission], due_on: date | None) -> dict:
    """What the mail to a reviewer is about."""
    return {
        "round": plan.round,
        "schools": [str(one.school) for one in submissions],
        "answer_by": plan.answer_by,
        "due_on": due_on,
        "url": reverse("reviews"),
    }


def _require_hq(by: User) -> None:
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied


def _remember(plan: AssignmentPlan, action: str, *, by: User | None, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine="assignment_plan", subject_id=plan.pk, action=action, target=plan.status, by=by, at=now
    )
