from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from submissions.models.evidence import Evidence
from submissions.models.parts import Part
from submissions.models.submission import Submission


class Feedback(models.Model):
    """A comment on a part or a piece of evidence, or an answer to one (``answers``).

    Open until somebody resolves it; only a comment that starts a thread is resolved.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="feedback")
    part = models.ForeignKey(Part, models.CASCADE, null=True, related_name="feedback")
    evidence = models.ForeignKey(Evidence, models.CASCADE, null=True, related_name="feedback")
    answers = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    quote = models.TextField(blank=True)
    body = models.TextField()
    written_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(part__isnull=False, evidence=None) | Q(part=None, evidence__isnull=False),
                name="feedback_on_one_thing",
            ),
            models.CheckConstraint(condition=~Q(body=""), name="feedback_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.body[:40]}"


class ReplyTemplate(models.Model):
    """Words that a hub leader or mentor uses again and again in feedback; their own, nobody else's."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reply_templates")
    title = models.CharField(max_length=80)
    body = models.TextField()

    class Meta:
        ordering: ClassVar = ["title", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "title"], name="reply_template_title_once")
        ]

    def __str__(self) -> str:
        return self.title
