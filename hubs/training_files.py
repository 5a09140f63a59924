"""Who reads the materials of training and meetings: whoever may open their page."""

from accounts.models import User
from hubs.domain.meetings import meetings_visible_to
from hubs.models import MeetingMaterial, SessionMaterial
from hubs.queries import sessions_visible_to
from psqm_portal.core.files import rights
from psqm_portal.core.models import StoredFile


@rights.reader
def reads_materials(user: User, stored: StoredFile) -> bool:
    of_sessions = SessionMaterial.objects.filter(file=stored, session__in=sessions_visible_to(user))
    of_meetings = MeetingMaterial.objects.filter(file=stored, meeting__in=meetings_visible_to(user))
    return of_sessions.exists() or of_meetings.exists()
