"""HQ's look at reviews that differ, in the round that is in review."""

from collections.abc import Sequence
from datetime import timedelta

from awards.domain import moderation
from awards.pages.moderation import queue_of
from psqm_portal.demo.story.joining import Tale
from submissions.models import Submission

NOTE = (
    "Read both reviews beside the portfolio. The second reviewer didn’t find the Key Stage 1 work, which is "
    "under C2. I’ve asked the hub leader and wait for the answer before we decide."
)
WHY = "The hub’s first school at this level, so two of us read it."


def look(tales: Sequence[Tale]) -> None:
    """One is taken on with a note; one that nothing brings into the queue is chosen by hand."""
    hq, now = tales[0].cast.head_office, tales[0].cast.now - timedelta(days=1)
    by_pk = {tale.submission.pk: tale.submission for tale in tales}
    queue = queue_of(tales[0].submission.round)
    for pk in [pk for pk in queue.reasons if pk in by_pk][:1]:
        moderation.look(by_pk[pk], by=hq, now=now)
        moderation.add_note(by_pk[pk], text=NOTE, by=hq, now=now + timedelta(hours=1))
    others = [one for one in by_pk.values() if one.status == Submission.Status.REVIEWED]
    for submission in [one for one in others if one.pk not in queue.reasons][:1]:
        moderation.choose(submission, why=WHY, by=hq, now=now)
