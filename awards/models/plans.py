from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from rounds.models import Round
from submissions.models import Submission

UNDERWAY = ["open", "confirmed"]


class AssignmentPlan(models.Model):
    """Who is to review what in a round. Nobody knows of it until HQ confirms it; then this row is the job.

    ``obstacles``: what stood in the way when it was made, as ids (``domain.plans`` writes and reads it).
    ``touched_at`` is the last sign of life of a worker that assigns.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Nothing is assigned yet"
        CONFIRMED = "confirmed", "Being assigned"
        DONE = "done", "Assigned"
        DROPPED = "dropped", "Dropped"

    round = models.ForeignKey(Round, models.PROTECT, related_name="assignment_plans")
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    obstacles = models.JSONField(default=dict)
    answer_by = models.DateField(null=True, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(status__in=UNDERWAY), name="assignment_plan_one_underway"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "done"])
                | Q(confirmed_by__isnull=False, answer_by__isnull=False),
                name="assignment_plan_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Plan for {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("assignment_plan", args=[self.round.slug])


class PlannedReview(models.Model):
    """``by_hand``: HQ chose this reviewer, so planning again keeps them. ``problem``: why it failed."""

    plan = models.ForeignKey(AssignmentPlan, models.CASCADE, related_name="reviews")
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by_hand = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "submission", "user"], name="planned_review_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.submission}"
