"""Who reads an uploaded file of a school: who sees the submission that shows it."""

from accounts.models import User
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.files.rights import reader
from psqm_portal.core.models import StoredFile
from submissions.queries import readable_evidence, visible_to


@reader
def sees_its_submission(user: User, stored: StoredFile) -> bool:
    """Evidence whose consent is withdrawn or over is read by nobody; neither is what was taken away."""
    pieces = readable_evidence(london_day(now())).filter(file=stored)
    return pieces.filter(submission__in=visible_to(user)).exists()


@reader
def is_in_its_conversation(user: User, stored: StoredFile) -> bool:
    return visible_to(user).filter(conversation__messages__attachments=stored).exists()
