"""What hubs that look for schools know of awards: each school's last one."""

from django.db.models import OuterRef, QuerySet, Subquery

from awards.models import Award
from hubs.slots import award_history
from schools.models import School


def with_last_award(rows: QuerySet[School]) -> QuerySet[School]:
    last = (
        Award.objects.filter(school=OuterRef("pk"))
        .exclude(status=Award.Status.REVOKED)
        .order_by("-valid_until", "-pk")
    )
    return rows.annotate(
        award_until=Subquery(last.values("valid_until")[:1]),
        award_level=Subquery(last.values("level__name")[:1]),
    )


if with_last_award not in award_history:
    award_history.append(with_last_award)
