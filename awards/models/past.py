"""Awards from before the portal on their way in: each line of HQ's file is shown before it is written."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from rounds.models import Level
from schools.models import School


class PastImport(models.Model):
    """One file of past awards: this row is the job. Its rows stay, so that what didn't match isn't lost.

    ``columns``: which of the header's columns holds what; ``example``: something of each, until HQ has named
    them. ``at_line`` is how far the present step came, ``tries`` counts the workers that took it up.
    """

    class Status(models.TextChoices):
        NAMING = "naming", "Waiting for its columns to be named"
        WAITING = "waiting", "Waiting to be read"
        READING = "reading", "Being read"
        READ = "read", "Read, nothing is written"
        AGREED = "agreed", "Waiting to be written"
        WRITING = "writing", "Being written"
        DONE = "done", "Written"
        UNDO = "undo", "Waiting to be undone"
        UNDOING = "undoing", "Being undone"
        DROPPED = "dropped", "Dropped"
        FAILED = "failed", "Couldn’t be read"

    name = models.CharField("file", max_length=255)
    key = models.CharField(
        max_length=200, blank=True, help_text="Where its bytes lie; empty when they are gone"
    )
    size = models.PositiveBigIntegerField(help_text="Bytes")
    sheet = models.CharField(max_length=100, blank=True, help_text="Of a workbook")
    other_sheets = models.JSONField(default=list)
    header = models.JSONField(default=list)
    head_line = models.PositiveIntegerField(default=1)
    example = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status)
    at_line = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Rows by finding, as they stand")
    problem = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.name


class PastRow(models.Model):
    """What one line says, the school it is about, and what stands in the way. No person's name."""

    class Finding(models.TextChoices):
        READY = "ready", "Ready"
        LIKELY = "likely", "Found by its name"
        CHOOSE = "choose", "Several schools"
        MISSING = "missing", "School not found"
        LEVEL = "level", "Level not known"
        DOUBLE = "double", "Double"
        BROKEN = "broken", "Broken"
        LEFT_OUT = "left_out", "Left out"
        WRITTEN = "written", "Written"

    class Sure(models.TextChoices):
        URN = "urn", "By its URN"
        NAME = "name", "By name and postcode"
        LIKELY = "likely", "By its name"
        HAND = "hand", "Chosen by hand"

    past = models.ForeignKey(PastImport, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    school_name = models.CharField(max_length=200, blank=True)
    urn = models.CharField(max_length=20, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    place = models.CharField(max_length=100, blank=True)
    level_word = models.CharField(max_length=100, blank=True)
    round_name = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=20, blank=True)
    hub_name = models.CharField(max_length=100, blank=True)
    awarded_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    level = models.ForeignKey(Level, models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, models.SET_NULL, null=True, related_name="+")
    sure = models.CharField(max_length=6, choices=Sure, blank=True)
    candidates = models.JSONField(default=list)
    is_left_out = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    double = models.CharField(max_length=300, blank=True)
    finding = models.CharField(max_length=8, choices=Finding)

    class Meta:
        ordering: ClassVar = ["line"]
        indexes: ClassVar = [models.Index(fields=["past", "finding", "line"], name="past_row_finding")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["past", "line"], name="past_row_once")]

    def __str__(self) -> str:
        return f"{self.past}, line {self.line}"

    @property
    def message(self) -> str:
        return self.problem or self.double or self.note


class PastColumns(models.Model):
    """How HQ named the columns of a header: the next file with it needs no naming."""

    header_key = models.CharField(max_length=64, unique=True)
    columns = models.JSONField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()

    def __str__(self) -> str:
        return ", ".join(self.columns)


class PastWord(models.Model):
    """A word of HQ's files for a level, in small letters; with none, HQ said that it means no level."""

    word = models.CharField(max_length=100, unique=True)
    level = models.ForeignKey(Level, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["word"]

    def __str__(self) -> str:
        return f"{self.word}: {self.level or 'no level'}"
