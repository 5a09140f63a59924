"""Who reads an uploaded file of a school: who sees the submission that shows it."""

from django.db.models import Q

from accounts.models import User
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.files.rights import reader, veto
from psqm_portal.core.models import StoredFile
from submissions.models import Evidence
from submissions.queries import readable_evidence, visible_to


@reader
def sees_its_submission(user: User, stored: StoredFile) -> bool:
    """Evidence whose consent is withdrawn or over is read by nobody; neither is what was taken away."""
    pieces = readable_evidence(london_day(now())).filter(file=stored)
    return pieces.filter(submission__in=visible_to(user)).exists()


@reader
def is_in_its_conversation(user: User, stored: StoredFile) -> bool:
    return visible_to(user).filter(conversation__messages__attachments=stored).exists()


@veto
def consent_is_over(stored: StoredFile) -> bool:
    """Consent withdrawn or run out closes the photo in messages too, unless it stands as evidence anew."""
    today = london_day(now())
    ran_out = Q(children=Evidence.Children.CONSENT, consent_until__lt=today)
    over = Q(consent_withdrawn_at__isnull=False) | ran_out
    if not Evidence.objects.filter(over, file=stored).exists():
        return False
    return not readable_evidence(today).filter(file=stored).exists()
