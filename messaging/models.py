from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from psqm_portal.core.models import StoredFile


class Email(models.Model):
    """One mail to one person: a record first, written in the transaction that causes it; sent by a worker.

    ``once`` makes a mail unique ("submission:12:released:45"); empty means that it may repeat.
    A ``secret`` mail carries a link or code that signs somebody in: its text goes when it is sent, and
    HQ never reads it. ``about`` names what it is about ("submission:1042").
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        DROPPED = "dropped", "Not needed any more"

    template = models.CharField(max_length=60)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="emails", db_index=True
    )
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField(blank=True)
    secret = models.BooleanField(default=False)
    about = models.CharField(max_length=60, blank=True)
    once = models.CharField(max_length=160, unique=True, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(help_text="Not before; moved on after a failed try")
    claimed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-written_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "try_at"], name="email_due"),
            models.Index(fields=["about"], name="email_about"),
            models.Index(fields=["-written_at"], name="email_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="email_sent_has_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Conversation(models.Model):
    """Talk in one place. It doesn't know what it is about; its owner (a submission) points here."""

    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Conversation {self.pk}"


class Message(models.Model):
    """A sent message; it isn't edited."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField()
    sent_at = models.DateTimeField()
    attachments = models.ManyToManyField(StoredFile, related_name="+", blank=True)

    class Meta:
        ordering: ClassVar = ["sent_at", "id"]
        indexes: ClassVar = [models.Index(fields=["conversation", "sent_at"], name="message_conversation")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(body=""), name="message_not_empty")]

    def __str__(self) -> str:
        return f"{self.author}: {self.body[:40]}"


class ReadMark(models.Model):
    """How far a person has read a conversation."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="read_marks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_to = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "user"], name="read_mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} up to {self.read_to}"
