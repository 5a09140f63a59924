"""Becoming a hub leader: the specification (seed), an application against it, the yearly word."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hubs.models.hubs import Hub
from psqm_portal.core.models import StoredFile
from schools.models import School


class LeaderCriterion(models.Model):
    """One line of the hub leader specification: a quality, with evidence it suggests. HQ edits the words."""

    number = models.PositiveSmallIntegerField(unique=True)
    text = models.TextField()
    suggestions = models.TextField("suggested evidence", blank=True, help_text="One on each line")
    teachers_only = models.BooleanField(default=False)
    has_commitments = models.BooleanField("shown by ticking the commitments", default=False)

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class CommitmentPoint(models.Model):
    """One thing that a hub leader is willing and able to do; a recommended one may be left unticked."""

    number = models.PositiveSmallIntegerField(unique=True)
    text = models.TextField()
    is_recommended_only = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.text


class LeaderApplication(models.Model):
    """Somebody wants to lead a hub. Saved as it is written; only the hash of the mailed link is kept.

    The link works for LINK_LIFE and is sent anew to the same address on request. Status is set by
    ``domain.application_machine`` alone.
    """

    LINK_LIFE = timedelta(days=14)

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        SENT = "sent", "Sent, HQ is reading"
        MORE_ASKED = "more_asked", "HQ asks for more"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    email = models.EmailField()
    name = models.CharField("full name", max_length=150)
    phone = models.CharField(max_length=30, blank=True)
    is_teacher = models.BooleanField("teaches in a primary school now", null=True, blank=True)
    employer = models.CharField("school or organisation", max_length=200, blank=True)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField("town or area for the hub", max_length=100, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    easting = models.PositiveIntegerField(null=True, blank=True, help_text="Metres, of the postcode")
    northing = models.PositiveIntegerField(null=True, blank=True, help_text="Metres, of the postcode")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    token_hash = models.CharField(max_length=64, unique=True)
    link_sent_at = models.DateTimeField()
    begun_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True, help_text="What the applicant reads")
    asked_for = models.TextField("what HQ asks for", blank=True)
    hub = models.ForeignKey(Hub, models.PROTECT, null=True, blank=True, related_name="applications")

    class Meta:
        ordering: ClassVar = ["-begun_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(status__in=["draft", "sent", "more_asked"]),
                name="leader_application_one_live",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(hub__isnull=False, decided_at__isnull=False),
                name="leader_application_accepted_has_hub",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.place}" if self.place else self.name

    @property
    def link_ends_at(self) -> datetime:
        """The mailed link works before this instant."""
        return self.link_sent_at + self.LINK_LIFE


class ApplicationAnswer(models.Model):
    """What an applicant says to one criterion, and HQ's judgement of it."""

    class Judgement(models.TextChoices):
        NONE = "", "Not judged yet"
        MET = "met", "Met"
        NOT_MET = "not_met", "Not met"
        MORE = "more", "More needed"

    application = models.ForeignKey(LeaderApplication, models.CASCADE, related_name="answers")
    criterion = models.ForeignKey(LeaderCriterion, models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    ticked = models.ManyToManyField(CommitmentPoint, blank=True, related_name="+")
    award_level = models.CharField("level of the award", max_length=60, blank=True)
    award_date = models.CharField("date of the award", max_length=40, blank=True)
    judgement = models.CharField(max_length=8, choices=Judgement, default=Judgement.NONE, blank=True)
    judgement_note = models.TextField("what is missing, for the applicant", blank=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["criterion__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "criterion"], name="application_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.criterion}"


class ApplicationFile(models.Model):
    answer = models.ForeignKey(ApplicationAnswer, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["answer", "file"], name="application_file_once")
        ]

    def __str__(self) -> str:
        return str(self.file)


class LeaderCommitment(models.Model):
    """A hub leader's word for a year, signed in the portal: from ``from_day`` to the day before ``until``.

    What was signed is never edited. A leader who won't sign the next year says so (``not_renewing_at``).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="leader_commitments")
    from_day = models.DateField()
    until = models.DateField()
    points = models.JSONField(help_text="The points as they read when they were signed, with what was ticked")
    signed_name = models.CharField(max_length=150)
    signed_at = models.DateTimeField()
    not_renewing_at = models.DateTimeField(null=True, blank=True)
    not_renewing_because = models.TextField("why they don't go on", blank=True)

    class Meta:
        ordering: ClassVar = ["-until", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "from_day"], name="leader_commitment_once"),
            models.CheckConstraint(condition=Q(until__gt=F("from_day")), name="leader_commitment_order"),
            models.CheckConstraint(
                condition=Q(not_renewing_at=None, not_renewing_because="")
                | Q(not_renewing_at__isnull=False) & ~Q(not_renewing_because=""),
                name="leader_commitment_ends_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} until {self.until}"
