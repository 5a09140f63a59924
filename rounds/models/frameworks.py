from typing import ClassVar

from django.db import models


class Framework(models.Model):
    """A versioned set of levels, strands, criteria and core documents. A round keeps its version."""

    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True, help_text="Offered for new rounds")
    reflection_words = models.PositiveSmallIntegerField(
        "word limit of a reflection", default=400, help_text="Hard when a reflection is sent"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="framework_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class Level(models.Model):
    """``rank`` orders the levels, lowest first.

    ``audit_rating`` is the rating that most criteria should have before a school aims for this level;
    the audit's suggestion rests on it.
    """

    framework = models.ForeignKey(Framework, models.PROTECT, related_name="levels")
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField()
    audit_rating = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["framework", "rank"], name="level_rank_once"),
            models.UniqueConstraint(fields=["framework", "name"], name="level_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Strand(models.Model):
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="strands")
    letter = models.CharField(max_length=2)
    title = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar = ["letter"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["framework", "letter"], name="strand_letter_once")
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.title}"


class Criterion(models.Model):
    strand = models.ForeignKey(Strand, models.PROTECT, related_name="criteria")
    code = models.CharField(max_length=4, help_text="Such as B2")
    title = models.CharField(max_length=200)
    guidance = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "criteria"
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["strand", "code"], name="criterion_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Descriptor(models.Model):
    """What meeting a criterion looks like at a level."""

    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="descriptors")
    level = models.ForeignKey(Level, models.CASCADE, related_name="descriptors")
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["level__rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["criterion", "level"], name="descriptor_once")
        ]

    def __str__(self) -> str:
        return f"{self.criterion.code} at {self.level}"


class CoreDocument(models.Model):
    """A document that every submission of the framework holds, such as the principles for science."""

    framework = models.ForeignKey(Framework, models.PROTECT, related_name="core_documents")
    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    guidance = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()
    is_required = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["framework", "code"], name="core_document_code_once")
        ]

    def __str__(self) -> str:
        return self.title
