from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from messaging.models import Email
from rounds.models.rounds import Audience, Milestone, Step


class ReminderRule(models.Model):
    """When reminders go, in days from the due day: -28 is four weeks before it, 3 is three days late.

    A rule without a step holds for every step of its audience that has none of its own.
    """

    audience = models.CharField(max_length=12, choices=Audience)
    step = models.CharField(max_length=20, choices=Step, blank=True)
    offset = models.SmallIntegerField("days from the due day")
    text = models.CharField(max_length=300, blank=True, help_text="A sentence that goes under the step")
    copies_hub_leader = models.BooleanField(default=False)
    is_on = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["audience", "step", "offset"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audience", "step", "offset"], name="reminder_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_audience_display()}, {self.offset:+d} days"


class Reminder(models.Model):
    """One reminder of one person, once: unique by milestone, subject, person, due date and offset.

    ``skipped`` ones were passed over for a newer offset and never go; ``dropped`` ones were done between
    writing the mail and sending it. ``email`` is the day's one mail to the person that holds it.
    """

    class State(models.TextChoices):
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "Skipped"
        DROPPED = "dropped", "Done before it went"

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="reminders")
    subject = models.CharField(max_length=40, help_text='Such as "submission:1042"')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_on = models.DateField()
    offset = models.SmallIntegerField()
    is_copy = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State)
    email = models.ForeignKey(Email, models.PROTECT, null=True, related_name="reminders")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["milestone", "subject", "person", "due_on", "offset"], name="reminder_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-made_at", "-id"], name="reminder_newest")]

    def __str__(self) -> str:
        return f"{self.subject} to {self.person}, {self.offset:+d} days"

    @property
    def course(self) -> tuple[int, str, int, date]:
        """What its offsets belong to: one step of one person with one due day."""
        return (self.milestone_id, self.subject, self.person_id, self.due_on)


class NoSendDay(models.Model):
    """A day on which no reminder goes; what was due then goes on the next day that isn't one."""

    day = models.DateField(unique=True)
    why = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.why}"


class ReminderRun(models.Model):
    """The writing of a London day's reminders; runs at once take turns by its row.

    Without ``finished_at`` it is under way, or was cut short and goes on within the hour.
    """

    day = models.DateField(unique=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    mails = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.mails} mails"


class ReminderPause(models.Model):
    """HQ holds all reminders back; what came due meanwhile goes, newest only, once it ends."""

    began_at = models.DateTimeField()
    began_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    why = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-began_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="reminder_pause_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__gte=F("began_at"), ended_by__isnull=False),
                name="reminder_pause_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.why
