"""Who reads files that hubs' things carry."""

from accounts.models import User
from accounts.queries import hq_roles
from hubs.models import ApplicationFile
from psqm_portal.core.files.rights import reader
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role


@reader
def reads_application_file(user: User, stored: StoredFile) -> bool:
    """HQ admin, once the application was sent. Applicants have no account: they see their files' names."""
    return Role.HQ_ADMIN in hq_roles(user) and (
        ApplicationFile.objects.filter(file=stored, answer__application__sent_at__isnull=False).exists()
    )
