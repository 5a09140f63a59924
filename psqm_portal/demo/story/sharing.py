"""What schools do with their awards: one asked not to stand in the public directory."""

from datetime import timedelta

from awards.domain.directory import list_school
from awards.models import Award
from psqm_portal.demo.story.cast import Cast


def keep_off_the_list(cast: Cast) -> None:
    award = Award.objects.filter(status="current", submission__isnull=False).order_by("-pk").first()
    if award is not None:
        list_school(award, wanted=False, by=cast.head_office, now=cast.now - timedelta(days=2))
