"""The national register's file of the season, imported by HQ: the report of what it brought."""

import csv
import io
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from psqm_portal.demo.story.cast import Cast
from schools.domain import register as verbs
from schools.domain.register_columns import NEEDED
from schools.domain.register_job import work
from schools.models import School

HEADERS = [*NEEDED, "StatutoryLowAge", "StatutoryHighAge"]
MAINTAINED, SPECIAL = "Local authority maintained schools", "Special schools"
# What the register calls our phases: its phase, group of types, lowest and highest age.
PHASES = {
    School.Phase.PRIMARY: ("Primary", MAINTAINED, 4, 11),
    School.Phase.INFANT: ("Primary", MAINTAINED, 4, 7),
    School.Phase.JUNIOR: ("Primary", MAINTAINED, 7, 11),
    School.Phase.MIDDLE: ("Middle deemed primary", MAINTAINED, 9, 13),
    School.Phase.SPECIAL: ("Not applicable", SPECIAL, 4, 19),
}
FURTHER = [
    ("999001", "Mill Race Primary School", "Open", MAINTAINED, "Primary", "Whitcombe", "WH4 2AB", 4, 11),
    ("999002", "Whitcombe High School", "Open", "Academies", "Secondary", "Whitcombe", "WH4 1QT", 11, 18),
    ("", "A row without its number", "Open", MAINTAINED, "Primary", "Whitcombe", "WH4 3CD", 4, 11),
]


def import_register(cast: Cast, now: datetime) -> None:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(HEADERS)
    for school in School.objects.filter(urn__isnull=False).order_by("urn"):
        phase, group, low, high = PHASES[School.Phase(school.phase)]
        out.writerow([school.urn, school.name, "Open", group, phase, school.town, school.postcode, low, high])
    out.writerows(FURTHER)
    file = ContentFile(text.getvalue().encode("cp1252"), "edubasealldata.csv")
    day = now - timedelta(days=9)
    register = verbs.ask(file, None, by=cast.head_office, now=day)
    work(register.pk, clock=lambda: day)
    verbs.agree(register, by=cast.head_office, now=day + timedelta(minutes=20))
    work(register.pk, clock=lambda: day + timedelta(minutes=21))
