from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse


class AppendOnlyQuerySet(models.QuerySet):
    """Rows are written once; neither the code nor a person changes or takes them away."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("These rows are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("These rows are never deleted.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise TypeError("These rows are never changed.")


class HistoryQuerySet(AppendOnlyQuerySet):
    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        with transaction.atomic(savepoint=False):
            made: list[Any] = super().bulk_create(*args, **kwargs)
            LogEntry.objects.bulk_create((LogEntry.of(entry) for entry in made), batch_size=1000)
        return made


class HistoryEntry(models.Model):
    """One move of one subject, of any machine: who, when, why. Append-only.

    ``by`` is empty for the clock. ``subject_id`` is the row's id in the machine's own table. Each writes its
    line into the log (``LogEntry``) too, so that no move and no setting can be forgotten there.
    """

    machine = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    source = models.CharField(max_length=30, blank=True)
    target = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    objects = HistoryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["machine", "subject_id", "at"], name="history_subject")]
        verbose_name_plural = "history entries"

    def __str__(self) -> str:
        return f"{self.machine} {self.subject_id}: {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A history entry is never changed.")
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            LogEntry.of(self).save()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A history entry is never deleted.")


class LogEntry(models.Model):
    """Who did what, when (UTC). Append-only: the database itself refuses to change or delete a row (S33).

    Holds ids and the field's own words, never names, addresses or texts, so that erasing a person leaves it
    as it is. ``by`` is empty for the clock and for somebody who isn't signed in; ``about`` names what it was
    done to ("submission:1042"); ``action`` is a word of ``core.log``.
    """

    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    about = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=200, blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="log_newest"),
            models.Index(fields=["about", "-at"], name="log_about"),
            models.Index(fields=["action", "-at"], name="log_action"),
            models.Index(fields=["by", "-at"], name="log_by"),
        ]
        verbose_name_plural = "log entries"

    def __str__(self) -> str:
        return f"{self.action} {self.about}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A log entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("A log entry is never deleted.")

    @classmethod
    def of(cls, entry: HistoryEntry) -> Self:
        """The line of a move: what it led to, never its reason, which somebody typed."""
        return cls(
            at=entry.at,
            action=f"{entry.machine}.{entry.action}",
            by_id=entry.by_id,
            about=f"{entry.machine}:{entry.subject_id}",
            detail=entry.target,
        )


class Counter(models.Model):
    """A gapless number per series; taken and rolled back with the caller's transaction."""

    series = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"

    @classmethod
    def take(cls, series: str) -> int:
        """The next number, from 1. Call inside a transaction: the series stays locked until it ends."""
        return cls.take_many(series, 1)[0]

    @classmethod
    def take_many(cls, series: str, count: int) -> range:
        """The next numbers, as :meth:`take` gives one."""
        cls.objects.get_or_create(series=series)
        counter = cls.objects.select_for_update().get(series=series)
        first = counter.last + 1
        counter.last += count
        counter.save(update_fields=["last"])
        return range(first, counter.last + 1)


class StoredFile(models.Model):
    """A file that passed its checks, named by its hash within one owner.

    ``owner`` is a folder such as ``school-12`` that is never shared between schools. A file doesn't know
    what it is attached to: readers are registered in ``core.files.rights`` by the apps that attach files.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", "Image"
        PDF = "pdf", "PDF"
        WORD = "word", "Word document"
        EXCEL = "excel", "Spreadsheet"
        POWERPOINT = "powerpoint", "Presentation"
        VIDEO = "video", "Video"
        # Only made by us: nobody uploads one.
        ZIP = "zip", "ZIP"

    class Scan(models.TextChoices):
        NOT_SCANNED = "not_scanned", "Not scanned"
        PENDING = "pending", "Being scanned"
        CLEAN = "clean", "Clean"
        INFECTED = "infected", "Infected"

    class Preview(models.TextChoices):
        NONE = "none", "Nothing to show"
        WAITING = "waiting", "Being made"
        MADE = "made", "Made"

    owner = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=12, choices=Kind)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="Bytes, as stored")
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.NOT_SCANNED)
    preview = models.CharField(max_length=8, choices=Preview, default=Preview.NONE)
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    stored_at = models.DateTimeField()
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="Its bytes are gone, its name stays for who renews"
    )
    lost_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when its bytes can't be found, which nobody meant"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="stored_file_once_per_owner"),
            models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_inline(self) -> bool:
        return self.kind in {self.Kind.IMAGE, self.Kind.PDF}

    @property
    def preview_url(self) -> str:
        """Where its small picture is opened; empty while there is none."""
        if self.preview != self.Preview.MADE:
            return ""
        return reverse("open_file", args=[self.pk, self.name.replace("/", "_")]) + "?preview"

    @classmethod
    def served(cls) -> models.QuerySet[Self]:
        """Files that may be handed out at all: one that is being scanned, infected or deleted never is."""
        return cls.objects.filter(deleted_at=None).exclude(scan__in=[cls.Scan.PENDING, cls.Scan.INFECTED])


class FileLimit(models.Model):
    """The most that one file of a kind may weigh; a kind without a row has ``DEFAULTS``."""

    DEFAULTS: ClassVar = {StoredFile.Kind.VIDEO: 200}
    DEFAULT = 50

    kind = models.CharField(max_length=12, choices=StoredFile.Kind, primary_key=True)
    megabytes = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(megabytes__gt=0), name="file_limit_above_nothing")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.megabytes} MB"


class Upload(models.Model):
    """A file on its way in: its bytes arrive in pieces, then it is checked in the background and stored.

    ``key`` is 128 random bits and names it in addresses. ``purpose`` says what it is for, in the words of
    the app that asked for it (``submission:1042``). Only its person adds to it.
    """

    class Status(models.TextChoices):
        ARRIVING = "arriving", "Uploading"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Ready"
        REFUSED = "refused", "Can't be used"

    key = models.CharField(max_length=32, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=60)
    owner = models.CharField(max_length=60)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="Bytes, as announced")
    received = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status, default=Status.ARRIVING)
    why_refused = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes as they came")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often its check began")
    stored = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["purpose", "person"], name="upload_purpose"),
            models.Index(fields=["status", "touched_at"], name="upload_status"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(received__lte=models.F("size")), name="upload_not_too_much"),
            models.CheckConstraint(
                condition=~Q(status="checked") | Q(stored__isnull=False), name="upload_checked_is_stored"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What one person typed into one form and didn't send yet. Nobody else ever sees it.

    ``form`` names the form: the path of its page, with what tells two forms of one page apart.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    form = models.CharField(max_length=200)
    fields = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "form"], name="draft_once")]

    def __str__(self) -> str:
        return self.form


class Sending(models.Model):
    """One sending of one form, so that a second one of the same does nothing (R02); kept for 24 hours.

    ``answer`` is where the first one led, empty while it still runs.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=32)
    path = models.CharField(max_length=500)
    answer = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "key"], name="sending_once")]

    def __str__(self) -> str:
        return self.path
