"""The national register's file on its way in: what it would change is shown before anything is written."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When

from schools.models.schools import School

UNDERWAY = ["waiting", "reading", "read", "agreed", "writing"]


class RegisterFilter(models.Model):
    """Which rows of the register are schools for us: data, since its words drift.

    A row is taken when its status is taken and its phase is; where the register calls the phase "Not
    applicable", its type decides (special academies), else its group of types (special schools). ``phase``:
    what we call it. What no filter knows is left out and reported.
    """

    class Column(models.TextChoices):
        STATUS = "status", "Status"
        PHASE = "phase", "Phase"
        TYPE_GROUP = "type_group", "Type or group of types, where the phase is “Not applicable”"

    column = models.CharField(max_length=12, choices=Column)
    value = models.CharField(max_length=100, help_text="As the register writes it")
    is_taken = models.BooleanField("we take these", default=True)
    is_open = models.BooleanField("means that the school is open", default=True)
    phase = models.CharField(max_length=10, choices=School.Phase, blank=True)

    class Meta:
        ordering: ClassVar = ["column", "value"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["column", "value"], name="register_filter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_column_display()}: {self.value}"


class RegisterImport(models.Model):
    """One file of the register: this row is the job. Read (staged as rows) first, written only on HQ's word.

    ``at_line`` is how far the present step came: a worker that takes it up after another died goes on there.
    ``tries`` counts the workers that took the present step up; ``touched_at`` is the last sign of life.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to be read"
        READING = "reading", "Being read"
        READ = "read", "Read, nothing is written yet"
        AGREED = "agreed", "Waiting to be written"
        WRITING = "writing", "Being written"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"
        FAILED = "failed", "Couldn’t be read"

    name = models.CharField("file", max_length=255)
    key = models.CharField(
        max_length=200, help_text="Where its bytes lie; empty when they are gone", blank=True
    )
    size = models.PositiveBigIntegerField(help_text="Bytes")
    links_name = models.CharField("links file", max_length=255, blank=True)
    links_key = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    at_line = models.PositiveIntegerField(default=0)
    at_byte = models.PositiveBigIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0, help_text="Known once it is read")
    columns = models.JSONField(
        default=dict, help_text="What the header was: how many columns, which are missing"
    )
    counts = models.JSONField(default=dict, help_text="By finding, once it is read; what was written")
    problem = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Case(When(status__in=UNDERWAY, then=1)), name="register_import_one_underway"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RegisterRow(models.Model):
    """What one line of the file means. ``data`` holds only what would be written: of a new school its values,
    of one of ours (``school``) each changed field's value before and after.
    """

    class Finding(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        CLOSED = "closed", "Closed since"
        SAME = "same", "Same as before"
        LEFT_OUT = "left_out", "Not for us"
        BROKEN = "broken", "Broken"

    register = models.ForeignKey(RegisterImport, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    urn = models.CharField(max_length=6, blank=True)
    name = models.CharField(max_length=200, blank=True)
    finding = models.CharField(max_length=8, choices=Finding)
    data = models.JSONField(default=dict)
    message = models.CharField(max_length=300, blank=True)
    successor_urn = models.CharField(max_length=6, blank=True)
    school = models.ForeignKey(School, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["line"]
        indexes: ClassVar = [
            models.Index(fields=["register", "finding", "line"], name="register_row_finding")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["register", "line"], name="register_row_once"),
            models.UniqueConstraint(
                fields=["register", "urn"],
                condition=~Q(urn="") & ~Q(finding="broken"),
                name="register_row_urn_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register}, line {self.line}"
