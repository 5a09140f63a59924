"""Finding schools: who is asked by which hub, in which words, and who wants no more letters."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hubs.models.hubs import Hub
from psqm_portal.core.models import StoredFile
from rounds.models import Round
from schools.models import School


class OptOut(models.Model):
    """A school that wants no invitations any more: for good, from any hub. Nothing takes it back but HQ."""

    school = models.OneToOneField(School, models.PROTECT, related_name="opt_out")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: the school itself",
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.school)


class LetterParagraph(models.Model):
    """One paragraph of the invitation, in HQ's words with ``{field}`` names (``messaging.domain.wording``).

    One that may be left out is chosen by the hub leader for each invitation.
    """

    number = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(
        max_length=80, help_text="What it is about, such as “Where the money can come from”"
    )
    text = models.TextField()
    may_be_left_out = models.BooleanField(default=False)
    is_in_by_default = models.BooleanField("in unless the hub leader leaves it out", default=True)

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.name


class Enclosure(models.Model):
    """HQ's standard enclosure, such as a subject leader's report. The newest not taken away counts."""

    title = models.CharField("what it is", max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.title


class MailOut(models.Model):
    """One posting of a hub: mails, or letters as one PDF made in the background (this row is the job).

    ``paragraphs`` and ``values`` keep the texts and what their fields hold as they were previewed: a later
    change of HQ's words, or of the hub's leader, changes no letter.
    """

    class How(models.TextChoices):
        MAIL = "mail", "By email"
        LETTER = "letter", "By letter"

    class Status(models.TextChoices):
        DRAFT = "draft", "Not sent yet"
        WAITING = "waiting", "Waiting"
        MAKING = "making", "Being made"
        MADE = "made", "Ready"
        FAILED = "failed", "Couldn’t be made"

    hub = models.ForeignKey(Hub, models.PROTECT, related_name="mail_outs")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    how = models.CharField(max_length=6, choices=How)
    sender = models.TextField("sender’s address", blank=True)
    paragraphs = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    both_sides = models.BooleanField("printed on both sides", default=False)
    first_training = models.CharField("first training session", max_length=200, blank=True)
    enclosure = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.hub}, {self.round}: {self.get_how_display()}"


class Prospect(models.Model):
    """A school that a hub asks to join a round. Once for a school and a season (a round and its
    reaccreditation): no two hubs ask the same one.

    ``token_hash`` is of the link in its invitation, which counts as opened, registers, declines or opts out.
    ``fee`` is what its invitation says.
    """

    class Status(models.TextChoices):
        PICKED = "picked", "Picked"
        SENT = "sent", "Invited"
        OPENED = "opened", "Opened"
        REGISTERED = "registered", "Registered"
        DECLINED = "declined", "Declined"

    ASKED: ClassVar = [Status.SENT, Status.OPENED]

    hub = models.ForeignKey(Hub, models.PROTECT, related_name="prospects")
    school = models.ForeignKey(School, models.PROTECT, related_name="prospects")
    round = models.ForeignKey(Round, models.PROTECT, related_name="prospects")
    season = models.CharField(max_length=20, help_text="Such as 2026-autumn")
    status = models.CharField(max_length=10, choices=Status, default=Status.PICKED)
    head_name = models.CharField("headteacher’s name", max_length=150, blank=True)
    email = models.EmailField("email address", blank=True)
    mail_out = models.ForeignKey(MailOut, models.PROTECT, null=True, blank=True, related_name="prospects")
    fee = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    picked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    picked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField("why they declined", blank=True)

    class Meta:
        ordering: ClassVar = ["picked_at", "id"]
        indexes: ClassVar = [models.Index(fields=["hub", "round", "status"], name="prospect_of_hub")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["school", "season"], name="prospect_once"),
            # A school that was only picked may register by itself, and say no by itself.
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "opened"]) | Q(sent_at__isnull=False),
                name="prospect_asked_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.round}"
