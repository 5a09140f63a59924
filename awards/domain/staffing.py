"""Who may review what in a round at this moment, in four queries: what a plan is made from, and judged by."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.models import User
from awards.domain.planning import Pair, Problem, Reader, Work
from awards.models import PlannedReview, Review, Standing
from hubs.models import HubMembership
from rounds.models import Round
from schools.distance import Point, miles_between
from submissions.models import Submission
from submissions.models.submission import Status

NEAR_MILES = 25
# Regions are squares of this many metres on the national grid.
REGION = 100_000
OPEN = [Status.SUBMITTED, Status.IN_REVIEW]


@dataclass(slots=True)
class Person:
    """A hub leader of today. ``has``: reviews of this round that are done or to do."""

    user: User
    agreed: int
    hubs: list[str] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    has: int = 0

    @property
    def region(self) -> str:
        if not self.points:
            return ""
        here = self.points[0]
        return f"{here.easting // REGION}-{here.northing // REGION}"


@dataclass(slots=True)
class Staffing:
    """``needs``: reviews that a submission still lacks. ``live``: who reviews it already. ``why_not``: of
    (submission, person). ``read``: (person, level) of each review that they have.
    """

    wanted: int
    submissions: dict[int, Submission]
    people: dict[int, Person]
    needs: dict[int, int]
    live: dict[int, list[int]]
    why_not: dict[Pair, str]
    read: list[Pair]

    def miles(self, submission: int, user: int) -> float | None:
        """From the school to the nearest of the person's hubs; None where nobody knows."""
        school, person = self.submissions[submission].school, self.people.get(user)
        if person is None or not person.points or school.easting is None or school.northing is None:
            return None
        here = Point(school.easting, school.northing)
        return min(miles_between(here, point) for point in person.points)

    def refusal(self, submission: int, user: int) -> str:
        """Why this person can't be given this submission; nothing where they can."""
        if submission not in self.submissions:
            return "Isn’t waiting for reviewers any more"
        if user not in self.people:
            return "Doesn’t lead a hub now"
        return self.why_not.get((submission, user), "")

    def problem(self, fixed: Iterable[PlannedReview] = ()) -> Problem:
        """``fixed``: planned reviews that stay as they are."""
        needs, has, beside, read = Counter(self.needs), Counter[int](), [], list(self.read)
        barred = set(self.why_not)
        for submission, users in self.live.items():
            beside += [(submission, self._region(user)) for user in users]
        for row in fixed:
            level = self.submissions[row.submission_id].target_level_id or 0
            needs[row.submission_id] -= 1
            has[row.user_id] += 1
            barred.add((row.submission_id, row.user_id))
            beside.append((row.submission_id, self._region(row.user_id)))
            read.append((row.user_id, level))
        return Problem(
            works=[
                Work(pk, needs[pk], submission.target_level_id or 0)
                for pk, submission in self.submissions.items()
            ],
            readers=[
                Reader(pk, person.agreed, person.has + has[pk], person.region)
                for pk, person in self.people.items()
            ],
            barred=barred,
            near=self._near(),
            beside=beside,
            read=read,
        )

    def _region(self, user: int) -> str:
        person = self.people.get(user)
        return (person.region if person else "") or str(user)

    def _near(self) -> set[Pair]:
        found = set()
        for pk, submission in self.submissions.items():
            if self.needs[pk] and submission.school.easting is not None:
                for user in self.people:
                    miles = self.miles(pk, user)
                    if miles is not None and miles <= NEAR_MILES:
                        found.add((pk, user))
        return found


def staffing(round_: Round) -> Staffing:
    rows = Submission.objects.filter(round=round_, status__in=OPEN).select_related("school", "target_level")
    submissions = {row.pk: row for row in rows.order_by("school__name", "pk")}
    people = _people(round_)
    why_not = {
        (submission, user): f"Conflict of interest: {why}"
        for submission, user, why in Standing.objects.filter(
            submission__round=round_, submission__status__in=OPEN, kind=Standing.Kind.CONFLICT
        ).values_list("submission", "user", "why")
    }
    live, read = defaultdict(list), []
    reviews = Review.objects.filter(standing__submission__round=round_).exclude(status=Review.Status.VOID)
    for submission, user, level, status, cycle, present in reviews.values_list(
        "standing__submission", "standing__user", "standing__submission__target_level", "status", "cycle",
        "standing__submission__cycle",
    ):  # fmt: skip
        declined = status == Review.Status.DECLINED
        if not declined:
            read.append((user, level or 0))
            if user in people:
                people[user].has += 1
        if submission in submissions and cycle == present:
            why_not.setdefault(
                (submission, user), "Declined to review it" if declined else "Reviews it already"
            )
            if not declined:
                live[submission].append(user)
    wanted = round_.reviews_per_submission
    return Staffing(
        wanted=wanted,
        submissions=submissions,
        people=people,
        needs={pk: max(wanted - len(live[pk]), 0) for pk in submissions},
        live=dict(live),
        why_not=why_not,
        read=read,
    )


def _people(round_: Round) -> dict[int, Person]:
    """A leader of two hubs has one number: the larger agreed one, and never under the round's minimum."""
    found: dict[int, Person] = {}
    leaders = (
        HubMembership.objects.current()
        .filter(role=HubMembership.Kind.LEADER, user__is_active=True)
        .select_related("user", "hub")
        .order_by("user__name", "user", "hub__name", "pk")
    )
    for member in leaders:
        person = found.setdefault(member.user_id, Person(member.user, round_.minimum_reviews))
        person.agreed = max(person.agreed, member.agreed_reviews)
        person.hubs.append(member.hub.name)
        if member.hub.easting is not None and member.hub.northing is not None:
            person.points.append(Point(member.hub.easting, member.hub.northing))
    return found
