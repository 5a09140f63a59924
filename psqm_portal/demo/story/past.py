"""What schools had before the portal, from HQ's spreadsheet: some valid, some over, some not yet settled."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile

from awards.domain import past as verbs
from awards.domain.past_columns import guess
from awards.domain.past_job import work
from psqm_portal.core.clock import london_day
from psqm_portal.demo.story.cast import Cast
from schools.models import School

HEADER = ["School", "Postcode", "URN", "Level", "Award date", "Round", "Certificate number", "Hub"]
# Level and how many months ago, from one school to the next.
AWARDS = [("Bronze", 62), ("Silver", 31), ("Gold", 20), ("Silver", 8), ("Bronze", 34), ("Gold", 50)]
MOST = 24


def bring_in(cast: Cast) -> None:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(HEADER)
    today = london_day(cast.now)
    schools = School.objects.filter(urn__isnull=False, is_open=True, awards=None).order_by("-pk")[:MOST]
    for number, school in enumerate(schools):
        level, months = AWARDS[number % len(AWARDS)]
        day = today - timedelta(days=months * 30)
        named = cast.hubs[number % len(cast.hubs)].hub.name
        cells = [school.name, school.postcode, school.urn if number % 3 else "", level]
        out.writerow([*cells, day.isoformat(), f"Round {day.year}", f"PSQM/{number + 101}", named])
    _unsettled(out, today)
    file = ContentFile(text.getvalue().encode(), "PSQM awards before the portal.csv")
    by, now = cast.head_office, cast.now - timedelta(days=6)
    past = verbs.ask(file, sheet="", by=by, now=now)
    verbs.name_columns(past, guess(past.header), by=by, now=now)
    work(past.pk, clock=lambda: now)
    verbs.agree(past, by=by, now=now + timedelta(minutes=30))
    work(past.pk, clock=lambda: now + timedelta(minutes=31))


def _unsettled(out: Any, today: date) -> None:
    day = (today - timedelta(days=900)).isoformat()
    out.writerow(["Old Forge Junior School", "ZZ1 1ZZ", "", "Silver", day, "", "PSQM/301", ""])
    out.writerow(["Old Forge Junior School", "ZZ1 1ZZ", "", "Platinum", day, "", "PSQM/302", ""])
    out.writerow(["Whitcombe Infants", "", "", "Gold", "some time in spring", "", "PSQM/303", ""])
