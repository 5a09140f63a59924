"""Who reads a file because of a review or an award."""

from accounts.models import User
from awards.domain.past import keys_needed
from awards.models import Award
from awards.queries import awards_visible_to, freezes_file, frozen_visible_to
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.files.rights import reader
from psqm_portal.core.files.storing import needed_elsewhere
from psqm_portal.core.models import StoredFile
from submissions.domain.packs import frozen_reader


@reader
def reviews_its_submission(user: User, stored: StoredFile) -> bool:
    """Evidence of the frozen versions, while the review is assigned or done in the present cycle."""
    return freezes_file(user, stored.pk, today=london_day(now()))


@reader
def sees_its_award(user: User, stored: StoredFile) -> bool:
    """A certificate that doesn't hold any more is HQ's alone."""
    rows = awards_visible_to(user).filter(certificate__file=stored)
    return (rows if user.has_perm("awards.run") else rows.filter(status=Award.Status.CURRENT)).exists()


frozen_reader(frozen_visible_to)
needed_elsewhere.append(keys_needed)
