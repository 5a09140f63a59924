from datetime import date, datetime, time

import pytest

from hubs.queries import taking_registrations
from psqm_portal.core.clock import LONDON
from psqm_portal.demo.story.times import by_day, plan
from rounds.domain.machine import round_machine
from rounds.domain.make import make_round
from rounds.models import Audience, Milestone, Round, Step

pytestmark = pytest.mark.django_db

DAYS = [
    date(2027, 1, 1),
    date(2028, 2, 29),
    date(2026, 6, 30),
    date(2026, 12, 31),
    date(2026, 9, 1),
    date(2027, 4, 15),
]


def make(today: date) -> list[Round]:
    now = datetime.combine(today, time(12), tzinfo=LONDON)
    made = [
        make_round(place.template, place.year, by=None, now=now, shift=place.shift) for place in plan(today)
    ]
    return [_opened(one) for one in made]


def _opened(round_: Round) -> Round:
    """On its first day: a round whose close has passed doesn't open."""
    first = round_.milestones.order_by("opens_on").values_list("opens_on", flat=True)[0]
    noon = datetime.combine(first, time(12), tzinfo=LONDON)
    return round_machine.perform(round_, "open", by=None, now=noon)


def days_of(round_: Round, step: Step, audience: Audience) -> tuple[date, date]:
    row = Milestone.objects.get(round=round_, step=step, audience=audience)
    return row.opens_on, row.due_on


@pytest.mark.parametrize("today", DAYS)
def test_each_stage_exists_on_any_day(today):
    finished, in_review, working, opening = make(today)

    assert days_of(finished, Step.NOTIFY, Audience.HQ)[0] < today
    first, last = days_of(in_review, Step.REVIEW, Audience.HUB_LEADER)
    assert first < today < last
    first, last = days_of(working, Step.IMPLEMENT, Audience.SCHOOL)
    assert first < today < last
    first, last = days_of(opening, Step.RECRUIT, Audience.HUB_LEADER)
    assert first < today < last
    assert opening in taking_registrations(today)
    assert finished not in taking_registrations(today)


@pytest.mark.parametrize("today", DAYS)
def test_the_rounds_are_four_seasons_in_a_row_near_today(today):
    made = make(today)

    numbers = [2 * one.year + (one.season == "autumn") for one in made]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert made[0].name in {
        f"{season} {today.year - years}" for season in ("Autumn", "Spring") for years in (1, 2)
    }


@pytest.mark.parametrize(("hour", "becomes"), [(3, 8), (7, 7), (22, 22)])
def test_nobody_works_in_the_small_hours(hour, becomes):
    moment = datetime(2026, 11, 3, hour, 20, tzinfo=LONDON)

    assert by_day(moment) == moment.replace(hour=becomes)
