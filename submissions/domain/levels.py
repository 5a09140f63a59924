"""What an audit says about the level to aim for."""

from submissions.models import AuditEntry, Submission

# A level fits when this share of the criteria has its rating and none is rated "not yet".
SHARE = 0.75


def suggested_level(submission: Submission):  # type: ignore[no-untyped-def]  # Level | None, in one query each
    """The highest level that the audit carries; the lowest one when none does; None while it is incomplete."""
    ratings = list(submission.audit.values_list("rating", flat=True))
    if not ratings or None in ratings:
        return None
    levels = list(submission.round.framework.levels.order_by("rank"))
    fitting = levels[:1]
    if AuditEntry.Rating.NOT_YET not in ratings:
        for level in levels:
            carried = sum(1 for rating in ratings if rating >= level.audit_rating)
            if carried >= SHARE * len(ratings):
                fitting.append(level)
    return fitting[-1] if fitting else None
