from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from awards.models.awards import Decision
from rounds.models import Round

UNDERWAY = ["waiting", "telling"]


class Release(models.Model):
    """One telling of a round's outcomes: this row is the job, its items say whose.

    ``tries`` counts the workers that took it up; ``touched_at`` is the last sign of life.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for its time"
        TELLING = "telling", "Being told"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Couldn’t go on"

    round = models.ForeignKey(Round, models.PROTECT, related_name="releases")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    reason = models.TextField("why before the notification day", blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    problem = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(status__in=UNDERWAY), name="release_one_underway"
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNDERWAY, ended_at=None)
                | (~Q(status__in=UNDERWAY) & Q(ended_at__isnull=False)),
                name="release_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Release of {self.round}"

    @property
    def is_underway(self) -> bool:
        return self.status in UNDERWAY


class ReleaseItem(models.Model):
    """One decision that a release tells, as it stood when HQ asked. ``problem``: why it couldn't be told."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "decision"], name="release_item_once"),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(problem=""), name="release_item_told_or_not"
            ),
        ]

    def __str__(self) -> str:
        return str(self.decision)
