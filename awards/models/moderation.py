from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from submissions.models import Submission


class Moderation(models.Model):
    """HQ's look at a submission's reviews, in one cycle of it: who looks, and what HQ chose by hand.

    There is no row where nobody has done anything; why it is in the queue is read from the reviews.
    """

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="moderations")
    cycle = models.PositiveSmallIntegerField()
    chosen_why = models.TextField("why HQ chose it", blank=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    looked_since = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "cycle"], name="moderation_once"),
            models.CheckConstraint(
                condition=Q(chosen_why="", chosen_by=None) | (~Q(chosen_why="") & Q(chosen_by__isnull=False)),
                name="moderation_chosen_says_why",
            ),
            models.CheckConstraint(
                condition=Q(looked_by=None, looked_since=None)
                | Q(looked_by__isnull=False, looked_since__isnull=False),
                name="moderation_looked_since",
            ),
        ]

    def __str__(self) -> str:
        return f"Moderation of {self.submission}"


class ModerationNote(models.Model):
    """What somebody in HQ found or settled. Only ever added to, so that two people overwrite nothing."""

    moderation = models.ForeignKey(Moderation, models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:40]}"
