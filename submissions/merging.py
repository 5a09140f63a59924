"""Two records of one school become one: a school has one piece of work at a time."""

from schools.domain.merging import Relation, relations
from schools.models import School
from submissions.models import Submission
from submissions.models.submission import LIVE


def _both_at_work(stays: School, goes: School) -> str | None:
    rows = Submission.objects.filter(status__in=LIVE, school__in=[stays, goes]).select_related("round")
    if len(rows) < 2:
        return None
    rounds = " and ".join(str(row.round) for row in rows)
    return f"Both are taking part now: {rounds}. Withdraw one of the two submissions first."


relations["submissions.Submission.school"] = Relation("submission", why_not=_both_at_work)
