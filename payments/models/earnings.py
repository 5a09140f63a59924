from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from psqm_portal.core.money import MoneyField
from rounds.models import Round
from submissions.models import Submission


class Moment(models.TextChoices):
    """When a part of a school's rate falls due; the value names the instalment."""

    ENROLMENT = "enrolment", "Enrolment"
    TRAINING = "training", "First training attended"
    SUBMISSION = "submission", "Submission"


class EarningTerms(models.Model):
    """What hub leaders earn in a round, and when the £350 falls due (seed: £350, £50, £200).

    The three shares say how much of a school's rate falls due at which moment; they add up to 100.
    """

    round = models.OneToOneField(Round, models.CASCADE, related_name="earning_terms")
    school_rate = MoneyField(
        "for each school in the hub", default=Decimal("350.00"), validators=[MinValueValidator(0)]
    )
    review_rate = MoneyField(
        "for each submission reviewed", default=Decimal("50.00"), validators=[MinValueValidator(0)]
    )
    reaccreditation_rate = MoneyField(
        "for each online reaccreditation", default=Decimal("200.00"), validators=[MinValueValidator(0)]
    )
    share_enrolment = models.PositiveSmallIntegerField("on enrolment", default=100)
    share_training = models.PositiveSmallIntegerField("at the first training attended", default=0)
    share_submission = models.PositiveSmallIntegerField("on submitting", default=0)

    class Meta:
        verbose_name_plural = "earning terms"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(school_rate__gte=0, review_rate__gte=0, reaccreditation_rate__gte=0),
                name="earning_rates_not_negative",
                violation_error_message="An amount can't be less than £0",
            ),
            models.CheckConstraint(
                condition=Q(share_submission=100 - models.F("share_enrolment") - models.F("share_training")),
                name="earning_shares_add_up",
                violation_error_message="The three shares must add up to 100",
            ),
        ]

    def __str__(self) -> str:
        return f"Earning terms of {self.round}"

    @property
    def shares(self) -> dict[str, int]:
        return {
            Moment.ENROLMENT: self.share_enrolment,
            Moment.TRAINING: self.share_training,
            Moment.SUBMISSION: self.share_submission,
        }


class Earning(models.Model):
    """A line that a hub leader earned. Unique by submission, kind and instalment: never paid twice.

    ``instalment`` is the moment ("enrolment", "training", "submission") or, for reviews, "review-17" by
    the review's id. ``rate`` is the round's rate at that moment, ``amount`` this instalment's part of it.
    ``payee`` is the hub's leader at the moment; empty while the hub has none, until one is appointed.
    """

    class Kind(models.TextChoices):
        SCHOOL = "school", "School in the hub"
        REVIEW = "review", "Review"
        REACCREDITATION = "reaccreditation", "Online reaccreditation"

    payee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="earnings")
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="earnings")
    kind = models.CharField(max_length=15, choices=Kind)
    instalment = models.CharField(max_length=30)
    rate = MoneyField()
    amount = MoneyField()
    cause = models.CharField(max_length=400)
    earned_at = models.DateTimeField()
    paid_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["earned_at", "id"]
        indexes: ClassVar = [models.Index(fields=["payee", "paid_on"], name="earning_owed")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "kind", "instalment"], name="earning_once"),
            # A reaccreditation earns £200 and never £350 as well.
            models.UniqueConstraint(
                fields=["submission", "instalment"], condition=~Q(kind="review"), name="earning_moment_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="school", instalment__in=["enrolment", "training", "submission"])
                | Q(kind="reaccreditation", instalment="enrolment")
                | Q(kind="review", instalment__startswith="review-"),
                name="earning_instalment_of_kind",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, rate__gte=0), name="earning_not_negative"),
            models.CheckConstraint(
                condition=Q(paid_on=None) | Q(payee__isnull=False), name="earning_paid_to_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"£{self.amount} to {self.payee or 'nobody yet'}: {self.cause}"

    @property
    def reference(self) -> str:
        """How a payment and a person's list name the line."""
        return f"E{self.pk}"
