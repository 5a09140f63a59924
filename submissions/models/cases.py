from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from hubs.models import Hub
from rounds.models import Step
from schools.models import School
from submissions.models.submission import Extension, Submission


class ExtensionRequest(models.Model):
    """A hub leader asks HQ for a school's later date; HQ grants it (an extension) or says why not."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="extension_requests")
    step = models.CharField(max_length=20, choices=Step)
    until = models.DateField()
    why = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    extension = models.OneToOneField(Extension, models.PROTECT, null=True, related_name="request")
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission", "step"],
                condition=Q(answered_at=None),
                name="extension_request_waiting_once",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, extension=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="extension_request_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.get_step_display()} until {self.until}?"


class Case(models.Model):
    """Something that only HQ can settle: an issue nobody else can resolve, or a change of circumstances.

    About a submission, or (a hub leader's own) about a hub. ``status`` is set by ``domain.case_machine``
    alone; what was said and done is its history and its notes.
    """

    class Kind(models.TextChoices):
        ISSUE = "issue", "An issue I can't resolve"
        CHANGE = "change", "A change of circumstances"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered"
        HANDED_OVER = "handed_over", "Handed over to a new subject leader"
        MOVED = "moved", "Moved to another hub"
        DEFERRED = "deferred", "Deferred to a later round"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LEADER_REPLACED = "leader_replaced", "Hub leader replaced"
        EXTENDED = "extended", "More time given"

    kind = models.CharField(max_length=8, choices=Kind)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="cases")
    hub = models.ForeignKey(Hub, models.PROTECT, related_name="+", help_text="The submission's when raised")
    title = models.CharField(max_length=120)
    text = models.TextField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField()
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    answer = models.TextField(blank=True, help_text="What who raised it is told")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        indexes: ClassVar = [models.Index(fields=["status", "due_on"], name="case_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="open", outcome="", closed_at=None)
                | (Q(status="closed", closed_at__isnull=False) & ~Q(outcome="")),
                name="case_closed_has_outcome",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.pk])

    @property
    def key(self) -> str:
        return f"case:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def hub_now(self) -> Hub:
        """The hub that the school is in today; ``hub`` is where it was when the case was raised."""
        return self.submission.hub if self.submission is not None else self.hub

    @property
    def about(self) -> School | Hub:
        """The school it is about, or the hub where it is about a hub."""
        return self.submission.school if self.submission is not None else self.hub


class CaseNote(models.Model):
    """HQ's own note on a case; only HQ reads it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:60]
