from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from psqm_portal.core.models import StoredFile
from rounds.models import Level
from schools.models import School
from submissions.models import Submission


class Decision(models.Model):
    """HQ's outcome: a level (the target or a lower one) or, with none, not yet. One stands at a time.

    ``moderation_note`` is HQ's own, for reviews that differ or fall short; schools never see it.
    ``released_at`` is when the school was told; an upheld appeal closes a released decision
    (``undone_at``), which stays what the school knows until the next one is released.
    """

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="decisions")
    level = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField("note for the school", blank=True)
    moderation_note = models.TextField("moderation note for HQ", blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-decided_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(undone_at=None), name="decision_standing_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.level or 'not yet'}"


class Award(models.Model):
    """A level that a school holds, from its release until ``valid_until``. What it says is kept as it was.

    ``submission`` None: from before the portal, brought in from HQ's spreadsheets. ``status`` is set by
    ``domain.awarding`` alone.
    """

    class Status(models.TextChoices):
        CURRENT = "current", "Current"
        SUPERSEDED = "superseded", "Superseded"
        REVOKED = "revoked", "Revoked"

    school = models.ForeignKey(School, models.PROTECT, related_name="awards")
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="awards")
    number = models.CharField(max_length=20, unique=True, help_text="Such as PSQM-26A-0042")
    school_name = models.CharField(max_length=200)
    level = models.ForeignKey(Level, models.PROTECT, related_name="+")
    round_name = models.CharField("round", max_length=60, blank=True, help_text="Such as Autumn 2026")
    awarded_on = models.DateField()
    valid_until = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.CURRENT)
    status_reason = models.TextField(blank=True)
    past_import = models.ForeignKey(
        "awards.PastImport", models.PROTECT, null=True, blank=True, related_name="awards"
    )
    past_line = models.PositiveIntegerField(null=True, blank=True)
    hub_name = models.CharField(
        max_length=100, blank=True, help_text="As HQ’s spreadsheet called the hub, where it came from one"
    )

    class Meta:
        ordering: ClassVar = ["-awarded_on", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(status="current"), name="award_current_once"
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("awarded_on")), name="award_lasts"),
            models.UniqueConstraint(fields=["past_import", "past_line"], name="award_of_a_line_once"),
            models.CheckConstraint(
                condition=Q(submission__isnull=False, past_import=None, past_line=None)
                | Q(submission=None, past_import__isnull=False, past_line__isnull=False),
                name="award_has_its_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.school_name}"

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.number])

    @property
    def files_owner(self) -> str:
        """The name under which its files are kept, beside those of the work it came from."""
        return self.submission.files_owner if self.submission else f"award-{self.pk}"

    def standing_on(self, day: date) -> str:
        """Valid, expired, superseded or revoked: the word of the public page."""
        if self.status == self.Status.CURRENT:
            return "valid" if day <= self.valid_until else "expired"
        return self.status


class Certificate(models.Model):
    """The award's PDF: this row is the job, a worker fills in the file, a sweep asks again.

    ``taken_at`` is the last sign of life of the worker that makes it.
    """

    award = models.OneToOneField(Award, models.PROTECT, related_name="certificate")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tries", "asked_at"], condition=Q(file=None), name="certificate_waiting")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(file=None, made_at=None) | Q(file__isnull=False, made_at__isnull=False),
                name="certificate_made_has_file",
            )
        ]

    def __str__(self) -> str:
        return f"Certificate {self.award.number}"
