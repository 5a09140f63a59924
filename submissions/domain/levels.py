"""What an audit says about the level to aim for."""

from rounds.models import Level
from submissions.models import AuditEntry, Submission

# A level fits when this share of the criteria has its rating and none is rated "not yet".
SHARE = 0.75


def suggested_level(submission: Submission) -> Level | None:
    """The highest level that the audit carries; the lowest when none does; None while incomplete."""
    given = list(submission.audit.values_list("rating", flat=True))
    ratings = [rating for rating in given if rating is not None]
    if not ratings or len(ratings) < len(given):
        return None
    levels = list(submission.round.framework.levels.order_by("rank"))
    fitting = levels[:1]
    if AuditEntry.Rating.NOT_YET not in ratings:
        for level in levels:
            carried = sum(1 for rating in ratings if rating >= level.audit_rating)
            if carried >= SHARE * len(ratings):
                fitting.append(level)
    return fitting[-1] if fitting else None
