from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from hubs.models.hubs import Hub
from rounds.models import Round
from schools.models import School


class Registration(models.Model):
    """A school that wants to take part. Accepting it, once the headteacher agreed, is the enrolment.

    The headteacher agrees by a mailed link of which only the hash is kept, and which works for a month.
    """

    AGREEMENT_LIFE = timedelta(days=30)

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    class Payer(models.TextChoices):
        SCHOOL = "school", "The school"
        TRUST = "trust", "A trust"
        AUTHORITY = "authority", "The local authority"
        PARENTS = "parents", "The parent association"
        OTHER = "other", "Somebody else"

    class Registrant(models.TextChoices):
        SUBJECT_LEADER = "subject_leader", "The science subject leader"
        HEADTEACHER = "headteacher", "The headteacher"
        OTHER = "other", "Somebody else at the school"

    round = models.ForeignKey(Round, models.PROTECT, related_name="registrations")
    school = models.ForeignKey(School, models.PROTECT, related_name="registrations")
    hub = models.ForeignKey(Hub, models.PROTECT, null=True, blank=True, related_name="registrations")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    registrant = models.CharField(
        "who registers", max_length=20, choices=Registrant, default=Registrant.SUBJECT_LEADER
    )
    registrant_name = models.CharField("your name", max_length=150, blank=True)
    registrant_email = models.EmailField("your email address", blank=True)
    subject_leader_name = models.CharField(max_length=150)
    subject_leader_email = models.EmailField()
    second_name = models.CharField("second person's name", max_length=150, blank=True)
    second_email = models.EmailField("second person's email", blank=True)
    headteacher_name = models.CharField(max_length=150)
    headteacher_email = models.EmailField()
    finance_name = models.CharField("finance contact's name", max_length=150, blank=True)
    finance_email = models.EmailField("finance contact's email", blank=True)
    payer = models.CharField("who pays", max_length=10, choices=Payer, default=Payer.SCHOOL)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_address = models.TextField(blank=True)
    order_number = models.CharField("order number", max_length=40, blank=True)
    ase_member = models.BooleanField("member of the Association for Science Education", default=False)
    ase_number = models.CharField("ASE membership number", max_length=30, blank=True)
    note = models.TextField(blank=True)
    registered_at = models.DateTimeField()
    agreement_token_hash = models.CharField(max_length=64, unique=True)
    agreement_sent_at = models.DateTimeField(default=timezone.now)
    agreed_at = models.DateTimeField(null=True, blank=True)
    # Since when the one whose turn it is (HQ, or the hub) could have answered.
    turn_since = models.DateTimeField(default=timezone.now)
    agreed_name = models.CharField(max_length=150, blank=True)
    answer_reason = models.TextField(blank=True)
    sending = models.CharField(
        max_length=32, unique=True, null=True, blank=True, help_text="The public form's own key: sent once"
    )

    class Meta:
        ordering: ClassVar = ["registered_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "school"], condition=Q(status="waiting"), name="registration_waiting_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(agreed_at__isnull=False, hub__isnull=False),
                name="registration_accepted_was_agreed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.round}"

    @property
    def agreement_ends_at(self) -> datetime:
        """The mailed link works before this instant."""
        return self.agreement_sent_at + self.AGREEMENT_LIFE


class RegistrationNudge(models.Model):
    """A reminder to whoever has to answer for a registration: once for a turn, a part in it and a number
    of days after the turn began.

    The headteacher's has a link of its own, which works as long as the first one of that sending.
    """

    class To(models.TextChoices):
        HEADTEACHER = "headteacher", "The headteacher, to agree"
        HUB_LEADER = "hub_leader", "The hub leader, to answer"
        HQ = "hq", "HQ, to answer"

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="nudges")
    to = models.CharField(max_length=12, choices=To)
    turn = models.DateTimeField(help_text="When the turn began that it reminds of")
    days = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["sent_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registration", "to", "turn", "days"], name="registration_nudge_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.registration}: {self.get_to_display()}, {self.days} days"
