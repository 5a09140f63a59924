from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from psqm_portal.core.models import StoredFile
from rounds.models import Framework
from submissions.models.evidence import Evidence
from submissions.models.submission import Submission


class Pack(models.Model):
    """The whole submission as one file for one person, made in the background.

    ``is_frozen``: the signed-off versions, as reviewers see them; else the work as it stands. ``evidence``
    is what went into it: a pack with a piece that may not be shown any more is closed at once.
    ``tries`` counts the workers that took it up: one that finds another number there gives way.
    ``touched_at`` is the last sign of life of the one that makes it.
    """

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        ZIP = "zip", "ZIP"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        MAKING = "making", "Being made"
        MADE = "made", "Ready"
        FAILED = "failed", "Couldn't be made"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="packs")
    kind = models.CharField(max_length=3, choices=Kind)
    is_frozen = models.BooleanField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    steps_done = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    evidence = models.ManyToManyField(Evidence, related_name="packs")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["file"], name="pack_file")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission", "kind", "is_frozen", "asked_by"],
                condition=Q(status__in=["waiting", "making"]),
                name="pack_asked_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="made") | Q(file__isnull=False, made_at__isnull=False),
                name="pack_made_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.get_kind_display()}"


class QuestionPaper(models.Model):
    """All the questions of a framework as one PDF, to work on paper. ``digest`` is the SHA-256 of what it was
    made from: HQ's next change of a text makes a new one.
    """

    framework = models.ForeignKey(Framework, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["file"], name="question_paper_file")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["framework", "digest"], name="question_paper_once")
        ]

    def __str__(self) -> str:
        return f"Questions of {self.framework}"
