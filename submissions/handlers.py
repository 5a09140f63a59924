"""What follows from a move, in its transaction."""

from django.db.models import QuerySet

from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import Upload
from submissions.domain import incoming
from submissions.domain.enrolment import carry_over, invite_people, lay_out
from submissions.domain.part_machine import part_machine
from submissions.models import Pack, Part, Submission
from submissions.tasks import make_pack


@events.on("submission.enrol")
def _enrolled(submission: Submission, occasion: Occasion) -> None:
    lay_out(submission)
    invite_people(submission, occasion)


@events.on("submission.reopen_parts")
def _parts_reopened(submission: Submission, occasion: Occasion) -> None:
    """Given ``parts`` are those of this submission that are signed off or sent; others are left alone."""
    chosen: QuerySet[Part] = submission.parts.filter(pk__in=[part.pk for part in occasion.given["parts"]])
    for part in chosen.filter(status=Part.Status.SIGNED_OFF):
        # The submission's own mail tells of all of them.
        part_machine.perform(
            part, "reopen", by=occasion.by, now=occasion.now, reason=occasion.reason, quiet=True
        )


@events.on("submission.defer")
def _deferred(submission: Submission, occasion: Occasion) -> None:
    copy = carry_over(submission, occasion)
    events.publish("submission.carried_over", copy, occasion)


@events.on("pack.asked")
def _pack_asked(pack: Pack, _: Occasion) -> None:
    make_pack.delay_on_commit(pack.pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@events.on("upload.checked")
def _upload_checked(upload: Upload, occasion: Occasion) -> None:
    incoming.when_checked(upload, now=occasion.now)


@events.on("upload.cancelled")
def _upload_cancelled(upload: Upload, _: Occasion) -> None:
    incoming.when_cancelled(upload)
