from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from psqm_portal.core.money import MoneyField
from rounds.models import CoreDocument, Criterion
from submissions.models.submission import Submission


class AuditEntry(models.Model):
    """Where the school stands on one criterion at the start."""

    class Rating(models.IntegerChoices):
        NOT_YET = 0, "Not yet"
        DEVELOPING = 1, "Developing"
        ESTABLISHED = 2, "Established"
        EMBEDDED = 3, "Embedded"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="audit")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    rating = models.PositiveSmallIntegerField(choices=Rating, null=True, blank=True)
    notes = models.TextField(blank=True)
    is_priority = models.BooleanField("a priority this year", default=False)

    class Meta:
        ordering: ClassVar = ["criterion__code"]
        verbose_name_plural = "audit entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "criterion"], name="audit_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.criterion.code}"


class Part(models.Model):
    """What gets feedback and sign-off: the action plan, each core document, each reflection.

    ``status`` is set by ``domain.part_machine`` alone. ``signed_version`` is the version that the hub
    leader signed off; reviewers see that one and nothing newer.
    """

    class Kind(models.TextChoices):
        ACTION_PLAN = "action_plan", "Action plan"
        CORE_DOCUMENT = "core_document", "Core document"
        REFLECTION = "reflection", "Reflection"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SENT = "sent", "Sent to the hub leader"
        RETURNED = "returned", "Returned with feedback"
        SIGNED_OFF = "signed_off", "Signed off"

    class Beginning(models.TextChoices):
        """What the school chose to do with its earlier work on this part."""

        KEPT = "kept", "Keep"
        CHANGED = "changed", "Change"
        FRESH = "fresh", "Start fresh"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=15, choices=Kind)
    criterion = models.ForeignKey(Criterion, models.PROTECT, null=True, related_name="+")
    core_document = models.ForeignKey(CoreDocument, models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=200)
    code = models.SlugField(max_length=40, help_text='In addresses: "action-plan", "b2", "portfolio"')
    position = models.PositiveSmallIntegerField()
    is_required = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    text = models.TextField(blank=True)
    beginning = models.CharField(max_length=7, choices=Beginning, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    signed_version = models.ForeignKey("PartVersion", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "kind", "code"], name="part_code_once"),
            models.CheckConstraint(
                condition=Q(kind="action_plan", criterion=None, core_document=None)
                | Q(kind="core_document", criterion=None, core_document__isnull=False)
                | Q(kind="reflection", criterion__isnull=False, core_document=None),
                name="part_is_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(status="signed_off") | Q(signed_version__isnull=False),
                name="part_signed_off_is_pinned",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        if self.kind == self.Kind.ACTION_PLAN:
            return reverse("action_plan", args=[self.submission_id])
        return reverse(self.kind, args=[self.submission_id, self.code])


class PartVersion(models.Model):
    """The whole content of a part at one moment: text, rows, evidence with captions. Append-only, but the
    newest may take up the same person's saves of the next ten minutes while nothing pins it.

    ``content`` is what ``domain.versions.content_of`` builds; ``digest`` is the SHA-256 of its canonical
    JSON.
    """

    part = models.ForeignKey(Part, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["part", "number"], name="part_version_once")]

    def __str__(self) -> str:
        return f"{self.part}, version {self.number}"


class ActionRow(models.Model):
    """A row of the action plan."""

    class Rag(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        RED = "red", "Red: behind"
        AMBER = "amber", "Amber: some risk"
        GREEN = "green", "Green: on track or done"

    part = models.ForeignKey(Part, models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    objective = models.TextField()
    actions = models.TextField()
    who = models.CharField(max_length=200)
    by_when = models.DateField()
    resources = models.TextField(blank=True)
    cost = MoneyField("cost in pounds", null=True, blank=True)
    success_measure = models.TextField()
    progress_notes = models.TextField(blank=True)
    rag = models.CharField("progress", max_length=12, choices=Rag, default=Rag.NOT_STARTED)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="action_row_cost")
        ]

    def __str__(self) -> str:
        return self.objective
