from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from rounds.models import Criterion
from submissions.models import Submission


class Standing(models.Model):
    """What a person is to a submission: somebody with a conflict of interest, or its reviewer.

    One row, unique by both, so that the database itself refuses a reviewer with a conflict, however the
    two come about at once. ``domain.standing`` keeps conflicts up to date when a hub changes hands.
    """

    class Kind(models.TextChoices):
        CONFLICT = "conflict", "Conflict of interest"
        REVIEWER = "reviewer", "Reviewer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="standings")
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="standings")
    kind = models.CharField(max_length=8, choices=Kind)
    why = models.CharField(max_length=200, blank=True, help_text="Of a conflict: own hub, own school, …")
    declared = models.BooleanField(
        default=False, db_default=False, help_text="Rests on an interest alone, which HQ may lift"
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "submission"], name="standing_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}, {self.submission}"


class Review(models.Model):
    """A hub leader's judgement of another hub's submission, in one cycle of it.

    ``status`` and ``accepted_at`` are set by ``domain.review_machine`` alone. The reviewer and the
    submission are the standing's.
    """

    class Status(models.TextChoices):
        ASSIGNED = "assigned", "To do"
        COMPLETED = "completed", "Done"
        DECLINED = "declined", "Declined"
        VOID = "void", "Taken back"

    class Recommendation(models.TextChoices):
        LEVEL = "level", "Meets the level"
        NOT_YET = "not_yet", "Not yet"

    standing = models.ForeignKey(Standing, models.PROTECT, related_name="reviews")
    cycle = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.ASSIGNED)
    assigned_at = models.DateTimeField()
    answer_by = models.DateField(null=True, blank=True, help_text="When the reviewer says yes or no")
    accepted_at = models.DateTimeField(null=True, blank=True)
    recommendation = models.CharField(max_length=8, choices=Recommendation, blank=True)
    narrative = models.TextField("what you tell the school", blank=True)
    private_note = models.TextField("private note for HQ", blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["assigned_at", "id"]
        # Few are open at a time, among those of all years.
        indexes: ClassVar = [
            models.Index(fields=["standing"], condition=Q(status="assigned"), name="review_assigned")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["standing", "cycle"],
                condition=Q(status__in=["assigned", "completed"]),
                name="review_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | (Q(completed_at__isnull=False) & ~Q(recommendation="")),
                name="review_completed_recommends",
            ),
        ]

    def __str__(self) -> str:
        return f"Review by {self.standing.user}"

    def get_absolute_url(self) -> str:
        return reverse("review", args=[self.pk])

    @property
    def key(self) -> str:
        """How records that don't know reviews (mails, reminders) name it."""
        return f"review:{self.pk}"


class Judgement(models.Model):
    """A reviewer's word on one criterion at the submission's level."""

    class Verdict(models.TextChoices):
        NOT_MET = "not_met", "Not met"
        MET = "met", "Met"
        STRONGLY_MET = "strongly_met", "Strongly met"

    review = models.ForeignKey(Review, models.CASCADE, related_name="judgements")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["criterion__code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "criterion"], name="judgement_once")
        ]

    def __str__(self) -> str:
        return f"{self.criterion.code}: {self.get_verdict_display()}"
