from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from psqm_portal.core.money import MoneyField
from rounds.models import Round
from submissions.models import Submission


class EarningTerms(models.Model):
    """What hub leaders earn in a round, and when the £350 falls due (seed: £350, £50, £200).

    The three shares say how much of a school's rate falls due at which moment; they add up to 100.
    """

    round = models.OneToOneField(Round, models.CASCADE, related_name="earning_terms")
    school_rate = MoneyField("for each school in the hub", default=Decimal("350.00"))
    review_rate = MoneyField("for each submission reviewed", default=Decimal("50.00"))
    reaccreditation_rate = MoneyField("for each online reaccreditation", default=Decimal("200.00"))
    share_enrolment = models.PositiveSmallIntegerField("% on enrolment", default=100)
    share_training = models.PositiveSmallIntegerField("% at the first training attended", default=0)
    share_submission = models.PositiveSmallIntegerField("% on submitting", default=0)

    class Meta:
        verbose_name_plural = "earning terms"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(school_rate__gte=0, review_rate__gte=0, reaccreditation_rate__gte=0),
                name="earning_rates_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    share_submission=100 - models.F("share_enrolment") - models.F("share_training")
                ),
                name="earning_shares_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"Earning terms of {self.round}"


class Earning(models.Model):
    """A line that a hub leader earned. Unique by submission, kind and instalment: never paid twice.

    ``instalment`` is the moment ("enrolment", "training", "submission") or, for reviews, "review-17" by
    the review's id. ``rate`` is the round's rate at that moment, ``amount`` this instalment's part of it.
    """

    class Kind(models.TextChoices):
        SCHOOL = "school", "School in the hub"
        REVIEW = "review", "Review"
        REACCREDITATION = "reaccreditation", "Online reaccreditation"

    payee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="earnings")
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="earnings")
    kind = models.CharField(max_length=15, choices=Kind)
    instalment = models.CharField(max_length=30)
    rate = MoneyField()
    amount = MoneyField()
    cause = models.CharField(max_length=200)
    earned_at = models.DateTimeField()
    paid_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["earned_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "kind", "instalment"], name="earning_once"),
            models.CheckConstraint(condition=Q(amount__gte=0, rate__gte=0), name="earning_not_negative"),
        ]

    def __str__(self) -> str:
        return f"£{self.amount} to {self.payee}: {self.cause}"
