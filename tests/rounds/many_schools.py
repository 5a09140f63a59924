"""A round with any number of schools, in few statements: what reminders cost is asked of it."""

from datetime import timedelta

from accounts.models import User
from hubs.models import Hub, HubMembership, HubRound, Seat
from messaging.models import Conversation
from rounds.models import Milestone, Round
from schools.models import School, SchoolMembership
from submissions.models import Submission
from tests import factories
from tests.factories import NOW

PLACES = 10
LONG_AGO = NOW - timedelta(days=200)


def fill(cycle: Round, schools: int) -> None:
    """Hubs of ten, each with its leader; each school with two subject leaders and a finished enrolment."""
    numbers = range(schools)
    hubs = Hub.objects.bulk_create(
        Hub(name=f"Hub {number}", slug=f"many-{number}", place="Ashbrook")
        for number in range(-(-schools // PLACES))
    )
    places = School.objects.bulk_create(School(name=f"School {number:04d}") for number in numbers)
    leaders = User.objects.bulk_create(
        User(email=f"leads{number}@hubs.example", name=f"Hema {number}") for number in range(len(hubs))
    )
    HubMembership.objects.bulk_create(
        HubMembership(hub=hub, user=leader, role="hub leader", started_at=LONG_AGO)
        for hub, leader in zip(hubs, leaders, strict=True)
    )
    people = User.objects.bulk_create(
        User(email=f"sam{number}@schools.example", name=f"Sam {number}") for number in range(2 * schools)
    )
    SchoolMembership.objects.bulk_create(
        SchoolMembership(school=places[number // 2], user=person, role="subject leader", started_at=LONG_AGO)
        for number, person in enumerate(people)
    )
    running = HubRound.objects.bulk_create(HubRound(hub=hub, round=cycle, joined_at=LONG_AGO) for hub in hubs)
    seats = Seat.objects.bulk_create(
        Seat(hub_round=running[number // PLACES], number=number % PLACES + 1) for number in numbers
    )
    talks = Conversation.objects.bulk_create(Conversation(started_at=LONG_AGO) for _ in numbers)
    Submission.objects.bulk_create(
        Submission(
            school=places[number],
            round=cycle,
            hub=hubs[number // PLACES],
            seat=seats[number],
            conversation=talks[number],
            status="enrolled",
            enrolled_at=LONG_AGO,
        )
        for number in numbers
    )


def due_today(cycle: Round) -> None:
    """The audit is due in a week, the sign-off in two: both come up today."""
    today = NOW.date()
    for step, days in [("audit", 7), ("send_for_sign_off", 14)]:
        due_on = today + timedelta(days=days)
        Milestone.objects.filter(round=cycle, step=step, audience="school").update(
            opens_on=due_on - timedelta(days=28), due_on=due_on
        )


def made(schools: int) -> Round:
    cycle = factories.round_(name="Autumn 2026", slug="autumn-2026")
    due_today(cycle)
    fill(cycle, schools)
    return cycle
