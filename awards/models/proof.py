from typing import ClassVar

from django.conf import settings
from django.db import models

from schools.models import School


class Unlisted(models.Model):
    """This school asked not to stand in the public directory. Its certificates can still be checked."""

    school = models.OneToOneField(School, models.PROTECT, related_name="unlisted")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural: ClassVar = "unlisted schools"

    def __str__(self) -> str:
        return f"{self.school} isn’t listed"


class PressText(models.Model):
    """HQ's words of the press release, the one row there is; without it the shipped words stand."""

    text = models.TextField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return "Press release"
