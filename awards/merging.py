"""What happens to awards when two records of one school become one."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from awards.models import Interest, Unlisted
from schools.domain.merging import Relation, relations
from schools.models import School


def _unlisted_once(stays: School, goes: School, _now: datetime) -> None:
    """Who asked for it at either record isn't listed."""
    if Unlisted.objects.filter(school=stays).exists():
        Unlisted.objects.filter(school=goes).delete()


def _declared_once(stays: School, goes: School, _now: datetime) -> None:
    """What the same side declared of the same person at both is one."""
    at_both = Interest.objects.filter(
        school=stays, lifted_at=None, user=OuterRef("user"), side=OuterRef("side")
    )
    Interest.objects.filter(Exists(at_both), school=goes, lifted_at=None).delete()


relations |= {
    "awards.Interest.school": Relation(
        "declared conflict of interest,declared conflicts of interest", settle=_declared_once
    ),
    "awards.Award.school": Relation("award"),
    "awards.PastRow.school": Relation("line of past awards,lines of past awards"),
    "awards.Unlisted.school": Relation(
        "wish not to be listed,wishes not to be listed", settle=_unlisted_once
    ),
}
