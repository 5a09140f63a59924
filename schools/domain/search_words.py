"""What schools are found by: kept whenever they are saved, also in bulk (``SchoolQuerySet``)."""

from collections.abc import Iterable
from itertools import islice

from schools.models import School
from schools.models.schools import AT_ONCE


def refresh_words(school_ids: Iterable[int]) -> None:
    """For rows that were written past the manager: by SQL, or by a migration's model."""
    ids = iter(school_ids)
    while some := list(islice(ids, AT_ONCE)):
        School.objects.bulk_update(School.objects.filter(pk__in=some), ["name"])
