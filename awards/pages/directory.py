"""The public directory: schools that hold an award today, each with its newest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet

from awards.models import Award
from rounds.models import Level
from schools.distance import Point, miles_between, squared_metres
from schools.models import School
from schools.search import matching


@dataclass(frozen=True, slots=True)
class Asked:
    words: str = ""
    level: str = ""
    year: int | None = None
    near: Point | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    school: School
    award: Award
    miles: float | None = None


def held(day: date) -> QuerySet[Award]:
    """Of each school the newest award that is valid on ``day``."""
    valid = _valid(day)
    newer = Q(awarded_on__gt=OuterRef("awarded_on")) | Q(
        awarded_on=OuterRef("awarded_on"), pk__gt=OuterRef("pk")
    )
    return valid.filter(~Exists(valid.filter(newer, school=OuterRef("school"))))


def schools(day: date, asked: Asked) -> QuerySet[School]:
    """Open schools that don't mind being listed: the nearest first, else the best match, else by name."""
    # Which award of a school counts matters only where they are told apart.
    awards = _narrowed(held(day), asked) if asked.level or asked.year else _valid(day)
    listed = School.objects.filter(is_open=True, unlisted=None, pk__in=awards.order_by().values("school"))
    rows = matching(listed, asked.words)
    if asked.near is None:
        return rows
    far = rows.annotate(far=squared_metres(asked.near))
    return far.order_by(F("far").asc(nulls_last=True), "name", "id")


def holders(rows: Sequence[School], day: date, near: Point | None = None) -> list[Holder]:
    """A page's schools with their awards, in their order."""
    awards = held(day).filter(school__in=[school.pk for school in rows]).select_related("level")
    by_school = {award.school_id: award for award in awards}
    return [
        Holder(school, by_school[school.pk], _miles(school, near))
        for school in rows
        if school.pk in by_school
    ]


def all_of(day: date, asked: Asked) -> Iterator[Award]:
    """For the CSV, by the school's name; one query however many there are."""
    rows = _narrowed(held(day), asked).filter(school__in=schools(day, asked).order_by().values("pk"))
    return rows.select_related("school", "level").order_by("school__name", "school_id").iterator(1000)


def levels(day: date) -> list[str]:
    """The names of those that are held, the lowest first; frameworks may share a name."""
    rows = Level.objects.filter(Exists(_valid(day).filter(level=OuterRef("pk")))).order_by("rank", "pk")
    return list(dict.fromkeys(rows.values_list("name", flat=True)))


def years(day: date) -> range:
    """From the newest award to the oldest."""
    ends = _valid(day).aggregate(first=Min("awarded_on"), last=Max("awarded_on"))
    if ends["first"] is None:
        return range(0)
    return range(ends["last"].year, ends["first"].year - 1, -1)


def _valid(day: date) -> QuerySet[Award]:
    return Award.objects.filter(status=Award.Status.CURRENT, valid_until__gte=day)


def _narrowed(awards: QuerySet[Award], asked: Asked) -> QuerySet[Award]:
    if asked.level:
        awards = awards.filter(level__name=asked.level)
    if asked.year is not None:
        awards = awards.filter(awarded_on__year=asked.year)
    return awards


def _miles(school: School, near: Point | None) -> float | None:
    if near is None or school.easting is None or school.northing is None:
        return None
    return miles_between(Point(school.easting, school.northing), near)
