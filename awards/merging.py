"""What happens to awards when two records of one school become one."""

from datetime import datetime

from awards.models import Unlisted
from schools.domain.merging import Relation, relations
from schools.models import School



def _unlisted_once(stays: School, goes: School, _now: datetime) -> None:
    """Who asked for it at either record isn't listed."""
    if Unlisted.objects.filter(school=stays).exists():
        Unlisted.objects.filter(school=goes).delete()


relations |= {
    "awards.Award.school": Relation("award"),
    "awards.Unlisted.school": Relation(
        "wish not to be listed,wishes not to be listed", settle=_unlisted_once
    ),
}
