"""When the story plays: four rounds in a row, shifted so that each is in its stage on the day it is told."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from psqm_portal.core.clock import LONDON, london_day
from rounds.domain.make import due_day, opening_day
from rounds.models import Audience, Kind, Milestone, Round, RoundTemplate, Season, Step

# How long after the milestone's opening (or before its due day) today lies, in each of the four rounds.
FINISHED_SINCE = timedelta(days=33)
IN_REVIEW_SINCE = timedelta(days=17)
IMPLEMENTING_SINCE = timedelta(days=38)
RECRUITING_FOR = timedelta(days=38)
BEFORE_RECRUITING = timedelta(days=24)


@dataclass(frozen=True, slots=True)
class Place:
    """A round to be made: its template, its year, and by how much its dates move."""

    template: RoundTemplate
    year: int
    shift: timedelta

    def opens(self, step: Step, audience: Audience) -> date:
        row = next(
            row for row in self.template.milestones.all() if (row.step, row.audience) == (step, audience)
        )
        return opening_day(row, self.year) + self.shift


def plan(today: date) -> list[Place]:
    """Finished, in review, in its working year, opening: four seasons in a row, moved as little as can be."""
    templates = {
        one.season: one
        for one in RoundTemplate.objects.filter(kind=Kind.STANDARD).prefetch_related("milestones")
    }
    rows = [_places(templates, first, today) for first in range(2 * today.year - 8, 2 * today.year + 2)]
    return min(rows, key=lambda places: max(abs(place.shift) for place in places))


def _places(templates: dict[str, RoundTemplate], first: int, today: date) -> list[Place]:
    """``first`` numbers the seasons: even ones are springs."""
    places = []
    for stage, number in enumerate(range(first, first + 4)):
        template = templates[Season.AUTUMN if number % 2 else Season.SPRING]
        year = number // 2
        places.append(Place(template, year, today - _natural_day(template, year, stage)))
    return places


def _natural_day(template: RoundTemplate, year: int, stage: int) -> date:
    """The day on which a round with its own dates would stand where the story wants it today."""
    rows = {(row.step, row.audience): row for row in template.milestones.all()}
    if stage == 0:
        return opening_day(rows[Step.NOTIFY, Audience.HQ], year) + FINISHED_SINCE
    if stage == 1:
        return opening_day(rows[Step.REVIEW, Audience.HUB_LEADER], year) + IN_REVIEW_SINCE
    if stage == 2:
        return opening_day(rows[Step.IMPLEMENT, Audience.SCHOOL], year) + IMPLEMENTING_SINCE
    return due_day(rows[Step.RECRUIT, Audience.HUB_LEADER], year) - RECRUITING_FOR


def by_day(moment: datetime) -> datetime:
    """The moment, or the next morning for one in the small hours: nobody writes about science at 3 am."""
    hour = moment.astimezone(LONDON).hour
    return moment + timedelta(hours=8 - hour) if hour < 7 else moment


class Calendar:
    """Moments of a round's past: within a milestone's time, in hours in which teachers work, before now."""

    def __init__(self, round_: Round, now: datetime, random: Random) -> None:
        self.now = now
        self._random = random
        self._rows = {(row.step, row.audience): row for row in Milestone.objects.filter(round=round_)}

    def milestone(self, step: Step, audience: Audience = Audience.SCHOOL) -> Milestone:
        return self._rows[step, audience]

    def at(self, step: Step, part: float, audience: Audience = Audience.SCHOOL) -> datetime:
        """When ``part`` (0 to 1) of the milestone's days are over; of an unfinished one, of its past days."""
        row = self._rows[step, audience]
        last = min(row.due_on, london_day(self.now) - timedelta(days=1))
        days = (last - row.opens_on).days
        return self.on(row.opens_on + timedelta(days=round(days * part)))

    def on(self, day: date) -> datetime:
        moment = time(self._random.choice([8, 12, 13, 15, 16, 17, 19, 20, 21]), self._random.randrange(60))
        at = datetime.combine(day, moment, tzinfo=LONDON)
        return min(at, self.now - timedelta(minutes=self._random.randrange(20, 240)))


class Steps:
    """One subject's moments in their order: each is later than the one before it."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.last: datetime | None = None

    def at(self, step: Step, part: float, audience: Audience = Audience.SCHOOL) -> datetime:
        return self._after(self.calendar.at(step, part, audience))

    def later(self, *, hours: float = 0, days: float = 0) -> datetime:
        assert self.last is not None, "something has to have happened before"  # noqa: S101 - narrows the type
        return self._after(self.last + timedelta(days=days, hours=hours))

    def _after(self, moment: datetime) -> datetime:
        if self.last is not None and moment <= self.last:
            moment = self.last + timedelta(minutes=7)
        moment = by_day(moment)
        self.last = min(moment, self.calendar.now - timedelta(seconds=30))
        return self.last
