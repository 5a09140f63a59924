"""Whether a school stands in the public directory: its own wish, or HQ's."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from awards.models import Award, Unlisted
from awards.queries import shared_by
from psqm_portal.core import log
from schools.domain.merging import surviving


@transaction.atomic
def list_school(award: Award, *, wanted: bool, by: User, now: datetime) -> None:
    """Sets it for the award's school, with all its awards; saying it twice does nothing."""
    if not shared_by(by).filter(pk=award.pk).exists():
        raise PermissionDenied
    school = surviving(award.school_id)
    if wanted:
        changed = Unlisted.objects.filter(school=school).delete()[0] > 0
    else:
        _, changed = Unlisted.objects.get_or_create(school=school, defaults={"by": by, "at": now})
    if changed:
        log.write(
            "directory.list" if wanted else "directory.unlist", by=by, now=now, about=f"school:{school.pk}"
        )
