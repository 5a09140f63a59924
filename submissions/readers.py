"""Who reads an uploaded file of a school: who sees the submission that shows it."""

from collections.abc import Iterator

from django.db.models import Q

from accounts.models import User
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.files.rights import reader, veto, watched
from psqm_portal.core.files.uploads import guard
from psqm_portal.core.models import StoredFile, Upload
from psqm_portal.core.roles import Role
from submissions.domain import packs
from submissions.models import Evidence, Pack, QuestionPaper
from submissions.queries import readable_evidence, roles_towards, visible_to


@reader
def sees_its_submission(user: User, stored: StoredFile) -> bool:
    """Evidence whose consent is withdrawn or over is read by nobody; neither is what was taken away."""
    pieces = readable_evidence(london_day(now())).filter(file=stored)
    return pieces.filter(submission__in=visible_to(user)).exists()


@reader
def is_in_its_conversation(user: User, stored: StoredFile) -> bool:
    return visible_to(user).filter(conversation__messages__attachments=stored).exists()


@reader
def asked_for_this_pack(user: User, stored: StoredFile) -> bool:
    """Only who asked for it, only while they may see the work and all that is in it may be shown."""
    own = Pack.objects.filter(file=stored, asked_by=user).select_related("submission")
    return any(packs.is_open_to(user, pack, now=now()) for pack in own)


@reader
def reads_the_questions(user: User, stored: StoredFile) -> bool:
    """The questions are the scheme's, not a school's: whoever is signed in reads them."""
    return user.is_active and QuestionPaper.objects.filter(file=stored).exists()


@veto
def consent_is_over(stored: StoredFile) -> bool:
    """Consent withdrawn or run out closes the photo in messages too, unless it stands as evidence anew."""
    today = london_day(now())
    ran_out = Q(children=Evidence.Children.CONSENT, consent_until__lt=today)
    over = Q(consent_withdrawn_at__isnull=False) | ran_out
    if not Evidence.objects.filter(over, file=stored).exists():
        return False
    return not readable_evidence(today).filter(file=stored).exists()


@watched
def shows_children(stored: StoredFile) -> Iterator[tuple[str, str]]:
    """Who looked at a photo of children stands in the log, for a small picture of it too (S33)."""
    pieces = Evidence.objects.filter(file=stored, children=Evidence.Children.CONSENT, removed_at=None)
    for pk in pieces.order_by("pk").values_list("pk", flat=True):
        yield "evidence.children_seen", f"evidence:{pk}"


@watched
def is_a_pack(stored: StoredFile) -> Iterator[tuple[str, str]]:
    if stored.kind in {StoredFile.Kind.PDF, StoredFile.Kind.ZIP}:
        for pk in Pack.objects.filter(file=stored).order_by("pk").values_list("pk", flat=True):
            yield "pack.downloaded", f"pack:{pk}"


@guard("submission")
def may_add_files(user: User, upload: Upload) -> bool:
    """As long as they lead the subject there: what was begun before stops with the right (S04)."""
    seen = visible_to(user).filter(pk=int(upload.purpose.split(":")[1]))
    return any(Role.SUBJECT_LEADER in roles_towards(user, submission) for submission in seen)
