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
        BOUNCED = "bounced", "Came back"
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
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the sweep last asked a worker")
    last_error = models.TextField(blank=True)
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="The mail provider's own number")

    class Meta:
        ordering: ClassVar = ["-written_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["provider_id"], name="email_provider_id"),
            models.Index(fields=["to", "-written_at"], name="email_to"),
            models.Index(fields=["state", "try_at"], name="email_due"),
            models.Index(fields=["about"], name="email_about"),
            models.Index(fields=["-written_at"], name="email_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["sent", "bounced"], sent_at__isnull=False)
                | (~Q(state__in=["sent", "bounced"]) & Q(sent_at=None)),
                name="email_sent_has_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class MailText(models.Model):
    """HQ's own words for one template; the newest row of a template counts, so no wording is ever lost.

    ``is_shipped``: back to the words the portal comes with; subject and body are empty then.
    """

    template = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    is_shipped = models.BooleanField(default=False)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["template", "-id"], name="mail_text_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_shipped=True, subject="", body="")
                | (Q(is_shipped=False) & ~Q(subject="") & ~Q(body="")),
                name="mail_text_has_words",
            )
        ]

    def __str__(self) -> str:
        return f"{self.template}: {self.subject or 'as shipped'}"


class Suppression(models.Model):
    """An address that no mail goes to until somebody lifts it: mail came back, or was reported as spam."""

    class Why(models.TextChoices):
        BOUNCE = "bounce", "Mail to it came back"
        COMPLAINT = "complaint", "Reported as unwanted"

    address = models.EmailField(max_length=254, help_text="In lower case")
    why = models.CharField(max_length=10, choices=Why)
    detail = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-since", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address"], condition=Q(lifted_at=None), name="suppression_once")
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_why_display()}"


class Conversation(models.Model):
    """Talk in one place. It doesn't know what it is about; its owner (a submission) points here."""

    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Conversation {self.pk}"


class Message(models.Model):
    """A sent message. Its author changes it until somebody else has read it; deleting it leaves a mark.

    ``read_to`` marks compare with ``sent_at``, so that never changes.
    """

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField()
    sent_at = models.DateTimeField()
    came_by_mail = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    attachments = models.ManyToManyField(StoredFile, related_name="+", blank=True)

    class Meta:
        ordering: ClassVar = ["sent_at", "id"]
        indexes: ClassVar = [models.Index(fields=["conversation", "sent_at"], name="message_conversation")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(~Q(body="") & Q(deleted_at=None)) | Q(body="", deleted_at__isnull=False),
                name="message_not_empty",
            )
        ]

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


class NoticePreference(models.Model):
    """How a person hears of new messages by mail; without a row: at once.

    ``told_to``: the daily mail has told of everything up to this moment.
    """

    class How(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "Once a day"
        OFF = "off", "Not by mail"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    how = models.CharField(max_length=8, choices=How, default=How.AT_ONCE)
    told_to = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_how_display()}"


class Announcement(models.Model):
    """A message to many, without answers. ``audience`` names them in the words of the app that knows them
    ("hub-round:12", "round:3", "hub-leaders"); who they were is kept in ``readers`` when it is sent.
    """

    audience = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    body = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    attachments = models.ManyToManyField(StoredFile, related_name="+", blank=True)

    class Meta:
        ordering: ClassVar = ["-sent_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["audience", "-sent_at"], name="announcement_audience")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="announcement_not_empty")
        ]

    def __str__(self) -> str:
        return self.title


class AnnouncementReader(models.Model):
    """One person an announcement went to, and when they read it.

    ``told_at``: their notice is written, or they chose to have none now.
    """

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["announcement"], condition=Q(told_at=None), name="announcement_untold"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="announcement_unread"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["announcement", "user"], name="announcement_reader_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement} to {self.user}"


class InboundMail(models.Model):
    """A mail that came to an answering address, and what became of it; its words aren't kept here.

    ``mail_id`` (its Message-ID) makes each one count once, however often its provider hands it over.
    """

    class Outcome(models.TextChoices):
        POSTED = "posted", "Posted"
        REFUSED = "refused", "Refused"
        IGNORED = "ignored", "Left alone"

    mail_id = models.CharField(max_length=255, unique=True)
    sender = models.CharField(max_length=254, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=300, blank=True)
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="inbound")
    received_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"From {self.sender}: {self.get_outcome_display()}"
