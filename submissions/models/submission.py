from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from hubs.models import Registration, Seat
from messaging.models import Conversation
from rounds.models import Level, Round, Step
from schools.models import School


class Status(models.TextChoices):
    ENROLLED = "enrolled", "Working on it"
    WITH_HUB = "with_hub", "With the hub leader for sign-off"
    SIGNED_OFF = "signed_off", "Signed off, ready to submit"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    REVIEWED = "reviewed", "Reviewed"
    DECIDED = "decided", "Decided"
    NOTIFIED = "notified", "Outcome told"
    NOT_SUBMITTED = "not_submitted", "Not submitted in time"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DEFERRED = "deferred", "Deferred to a later round"


# A school has at most one submission in these.
LIVE = [
    Status.ENROLLED,
    Status.WITH_HUB,
    Status.SIGNED_OFF,
    Status.SUBMITTED,
    Status.IN_REVIEW,
    Status.REVIEWED,
    Status.DECIDED,
]


class Submission(models.Model):
    """One school's whole work in one round, from enrolment to award.

    ``status`` is set by ``domain.machine`` alone. ``target_level`` is the confirmed level;
    ``proposed_level`` is set while a proposal or a change waits for the hub leader's answer.
    ``hub`` and ``round`` repeat the seat's, so that they stay known when a withdrawal frees the seat.
    ``cycle`` counts submits: work reopened by HQ and submitted again is reviewed anew.
    """

    Status = Status

    school = models.ForeignKey(School, models.PROTECT, related_name="submissions")
    round = models.ForeignKey(Round, models.PROTECT, related_name="submissions")
    hub = models.ForeignKey("hubs.Hub", models.PROTECT, related_name="submissions")
    seat = models.OneToOneField(Seat, models.PROTECT, null=True, related_name="submission")
    registration = models.OneToOneField(Registration, models.PROTECT, null=True, related_name="submission")
    conversation = models.OneToOneField(Conversation, models.PROTECT, related_name="submission")
    status = models.CharField(max_length=15, choices=Status, default=Status.ENROLLED)
    proposed_level = models.ForeignKey(Level, models.PROTECT, null=True, related_name="+")
    target_level = models.ForeignKey(Level, models.PROTECT, null=True, related_name="+")
    enrolled_at = models.DateTimeField()
    sent_for_sign_off_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    cycle = models.PositiveSmallIntegerField(default=0)
    continues = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="continued_by", help_text="The deferred submission"
    )
    renews = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="renewed_by", help_text="The work of the award before"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["round", "status"], name="submission_round_status"),
            models.Index(fields=["hub", "round"], name="submission_hub_round"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["school"],
                condition=Q(status__in=[status.value for status in LIVE]),
                name="submission_live_once_per_school",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["submitted", "in_review", "reviewed", "decided", "notified"])
                | Q(submitted_at__isnull=False, target_level__isnull=False, cycle__gte=1),
                name="submission_submitted_has_level",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[status.value for status in LIVE]) | Q(seat__isnull=False),
                name="submission_live_has_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("submission", args=[self.pk])

    @property
    def key(self) -> str:
        """How records that don't know submissions (mails, reminders) name it."""
        return f"submission:{self.pk}"

    @property
    def told_stage(self) -> str:
        """The stage as everybody may know it, for a sentence: outcomes are HQ's alone until release, and
        so is that one was reached.
        """
        hidden = self.status in {Status.REVIEWED, Status.DECIDED}
        return str((Status.IN_REVIEW if hidden else Status(self.status)).label).lower()

    @property
    def files_owner(self) -> str:
        """The folder of this school's files; never shared with another school."""
        return f"school-{self.school_id}"


class Extension(models.Model):
    """One school's own date for a step. The newest row of a step counts."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="extensions")
    step = models.CharField(max_length=20, choices=Step)
    until = models.DateField()
    reason = models.TextField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["submission", "step"], name="extension_step")]

    def __str__(self) -> str:
        return f"{self.submission}: {self.get_step_display()} until {self.until}"
