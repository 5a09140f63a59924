"""How far apart places are, from the register's coordinates: metres on the national grid, shown in miles."""

import math
from typing import NamedTuple

from django.db.models import Avg, F, FloatField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from schools.models import School

METRES_IN_A_MILE = 1609.344


class Point(NamedTuple):
    easting: int
    northing: int


def point_of_postcode(postcode: str) -> Point | None:
    """Where a postcode is: the mean of the register's schools in it, else in its district (``SL4``)."""
    whole = " ".join(postcode.upper().split())
    district = whole.split(" ")[0] if " " in whole else whole[:-3].strip()
    for wanted in ({"postcode": whole}, {"postcode__startswith": f"{district} "}):
        if not district:
            return None
        found = School.objects.filter(easting__isnull=False, **wanted).aggregate(
            easting=Avg("easting"), northing=Avg("northing")
        )
        if found["easting"] is not None:
            return Point(round(found["easting"]), round(found["northing"]))
    return None


def miles_between(one: Point, other: Point) -> float:
    return math.dist(one, other) / METRES_IN_A_MILE


def squared_metres(point: Point, *, prefix: str = "") -> Combinable:
    """For sorting and narrowing rows by distance; ``prefix`` leads to the row with the coordinates.

    NULL where the row has none. As floats: whole metres squared outgrow 32 bits.
    """
    east = Cast(F(f"{prefix}easting"), FloatField()) - float(point.easting)
    north = Cast(F(f"{prefix}northing"), FloatField()) - float(point.northing)
    return east * east + north * north
