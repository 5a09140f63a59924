from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from psqm_portal.core.models import StoredFile, Upload
from submissions.models.parts import Part
from submissions.models.submission import Submission


class Evidence(models.Model):
    """A file, link or note that shows a criterion being met, or is a core document's file.

    Taken away by ``removed_at``, never deleted while a version names it. Where children can be seen,
    ``consent_until`` is the last day of the families' consent; ``consent_withdrawn_at`` hides the file
    everywhere, frozen copies too. ``copied_from`` is the piece of an earlier year whose copy this is.
    """

    class Kind(models.TextChoices):
        FILE = "file", "File"
        LINK = "link", "Link"
        NOTE = "note", "Note"

    class Children(models.TextChoices):
        NONE = "none", "No children can be recognised"
        CONSENT = "consent", "Children can be recognised, and their families agreed to it"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=5, choices=Kind)
    title = models.CharField(max_length=150)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    url = models.URLField("web address", max_length=500, blank=True)
    note = models.TextField(blank=True)
    children = models.CharField(max_length=8, choices=Children, default=Children.NONE)
    consent_uses = models.CharField("what the families agreed to", max_length=200, blank=True)
    consent_until = models.DateField(null=True, blank=True)
    consent_withdrawn_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="copies")

    class Meta:
        ordering: ClassVar = ["added_at", "id"]
        verbose_name_plural = "evidence"
        indexes: ClassVar = [models.Index(fields=["file"], name="evidence_file")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(kind="file", file__isnull=False, url="", note=""))
                | (Q(kind="link", file=None, note="") & ~Q(url=""))
                | (Q(kind="note", file=None, url="") & ~Q(note="")),
                name="evidence_is_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(children="consent") | Q(consent_until__isnull=False),
                name="evidence_consent_has_end",
            ),
            models.UniqueConstraint(fields=["submission", "copied_from"], name="evidence_copied_once"),
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceLink(models.Model):
    """Ties a piece of evidence to a part: to the reflection of a criterion, with a caption that says how
    it shows the criterion, or to a core document.
    """

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="links")
    part = models.ForeignKey(Part, models.CASCADE, related_name="evidence_links")
    caption = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evidence", "part"], name="evidence_link_once")
        ]

    def __str__(self) -> str:
        return f"{self.evidence} for {self.part}"


class Incoming(models.Model):
    """A file on its way to be evidence. It becomes a piece when it has passed its checks and somebody has
    said what it is, whichever comes last; ``said_at`` is set when that was said.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="incoming")
    upload = models.OneToOneField(Upload, models.CASCADE, related_name="incoming")
    title = models.CharField(max_length=150, blank=True)
    children = models.CharField(max_length=8, choices=Evidence.Children, blank=True)
    consent_uses = models.CharField(max_length=200, blank=True)
    consent_until = models.DateField(null=True, blank=True)
    caption = models.TextField(blank=True)
    parts = models.ManyToManyField(Part, related_name="+")
    said_at = models.DateTimeField(null=True, blank=True)
    evidence = models.OneToOneField(Evidence, models.CASCADE, null=True, related_name="incoming")

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "incoming"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(evidence=None) | Q(said_at__isnull=False), name="incoming_is_said"
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.upload)
