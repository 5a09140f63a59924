"""Awards without a round's work behind them, as those from before the portal are."""

import itertools
from datetime import date
from typing import Any

from awards.models import Award
from awards.models.past import PastImport
from rounds.models import Level
from schools.models import School
from tests import factories

TODAY = date(2026, 11, 3)
_numbers = itertools.count(1)


def levels() -> list[Level]:
    return list(factories.framework().levels.order_by("rank"))


def past_import() -> PastImport:
    at = {"asked_at": factories.NOW, "touched_at": factories.NOW}
    return PastImport.objects.create(name="Awards.xlsx", size=1, status="done", asked_by=factories.hq(), **at)


def award(place: School | None = None, level: Level | None = None, **fields: Any) -> Award:
    place = place or factories.school()
    line = next(_numbers)
    fields = {
        "past_import": PastImport.objects.first() or past_import(),
        "past_line": line,
        "number": f"PSQM-25A-{line:04d}",
        "school_name": place.name,
        "awarded_on": date(2025, 9, 10),
        "valid_until": date(2028, 9, 10),
        **fields,
    }
    return Award.objects.create(school=place, level=level or levels()[0], **fields)
