from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from awards.models.awards import Decision
from rounds.models import Round


class AppealTerms(models.Model):
    """A round's own times for appeals; a round without a row has the defaults."""

    round = models.OneToOneField(Round, models.CASCADE, related_name="appeal_terms")
    appeal_days = models.PositiveSmallIntegerField(
        "days to appeal",
        default=20,
        validators=[MinValueValidator(1)],
        help_text="From the day a school is told",
    )
    answer_days = models.PositiveSmallIntegerField(
        "working days to answer", default=15, validators=[MinValueValidator(1)], help_text="Monday to Friday"
    )

    def __str__(self) -> str:
        return f"Appeals of {self.round}"


class Appeal(models.Model):
    """A school asks HQ to look at a told outcome again; one for each decision. ``status`` is set by
    ``domain.appeal_machine`` alone.

    ``told_at`` is when the school learned the answer: at once, or, of an upheld one, with the release of the
    new outcome; until then its pages say that HQ is looking.
    """

    class Status(models.TextChoices):
        OPEN = "open", "With HQ"
        UPHELD = "upheld", "Upheld"
        TURNED_DOWN = "turned_down", "Turned down"

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="appeal")
    status = models.CharField(max_length=11, choices=Status, default=Status.OPEN)
    reasons = models.TextField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    answer = models.TextField(blank=True, help_text="What the school reads")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        indexes: ClassVar = [models.Index(fields=["due_on"], condition=Q(status="open"), name="appeal_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="open", answered_by=None, answered_at=None, told_at=None)
                | (~Q(status="open") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="appeal_answered_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"Appeal of {self.decision.submission}"

    def get_absolute_url(self) -> str:
        return reverse("appeal", args=[self.decision.submission.round.slug, self.pk])

    @property
    def key(self) -> str:
        return f"appeal:{self.pk}"
