from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import MembershipQuerySet
from messaging.models import Conversation
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import School


class Hub(models.Model):
    """A local group of schools led by one hub leader."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    place = models.CharField("town or area", max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class HubMembership(models.Model):
    """Who leads or mentors a hub, and when. One leader at a time; former ones stay for conflicts."""

    class Kind(models.TextChoices):
        LEADER = Role.HUB_LEADER.value, "Hub leader"
        MENTOR = Role.MENTOR.value, "Mentor"

    hub = models.ForeignKey(Hub, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hub_memberships")
    role = models.CharField(max_length=30, choices=Kind)
    payee_reference = models.CharField(
        max_length=40, blank=True, help_text="The University's reference; never bank details"
    )
    agreed_reviews = models.PositiveSmallIntegerField(default=2)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hub"],
                condition=Q(ended_at=None, role=Role.HUB_LEADER.value),
                name="hub_has_one_leader",
            ),
            models.UniqueConstraint(
                fields=["hub", "user", "role"], condition=Q(ended_at=None), name="hub_membership_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="hub_membership_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} of {self.hub}"


class LeaderTalk(models.Model):
    """The one conversation between a hub leader and HQ."""

    leader = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    conversation = models.OneToOneField(Conversation, models.PROTECT, related_name="leader_talk")

    def __str__(self) -> str:
        return f"{self.leader} and HQ"


class HubRound(models.Model):
    """A hub taking part in a round. Its places are rows (seats), so that the database refuses one more."""

    class Training(models.TextChoices):
        DAYS = "days", "Two training days"
        SESSIONS = "sessions", "Four sessions"
        ONLINE = "online", "Online only, no training"

    hub = models.ForeignKey(Hub, models.PROTECT, related_name="hub_rounds")
    round = models.ForeignKey(Round, models.PROTECT, related_name="hub_rounds")
    training = models.CharField(max_length=10, choices=Training, default=Training.DAYS)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["hub__name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["hub", "round"], name="hub_round_once")]

    def __str__(self) -> str:
        return f"{self.hub}, {self.round}"


class SeatQuerySet(models.QuerySet):
    def free(self) -> Self:
        """Seats that no submission sits on (the enrolment is one-to-one with its seat)."""
        return self.filter(submission=None)


class Seat(models.Model):
    """One numbered place of a hub in a round."""

    hub_round = models.ForeignKey(HubRound, models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField()

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hub_round", "number"], name="seat_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="seat_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.hub_round}, place {self.number}"


class Registration(models.Model):
    """A school that wants to take part. Accepting it, once the headteacher agreed, is the enrolment.

    The headteacher agrees by a mailed link of which only the hash is kept, and which works for a month.
    """

    AGREEMENT_LIFE = timedelta(days=30)

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    class Payer(models.TextChoices):
        SCHOOL = "school", "The school"
        TRUST = "trust", "A trust"
        AUTHORITY = "authority", "The local authority"
        PARENTS = "parents", "The parent association"
        OTHER = "other", "Somebody else"

    round = models.ForeignKey(Round, models.PROTECT, related_name="registrations")
    school = models.ForeignKey(School, models.PROTECT, related_name="registrations")
    hub = models.ForeignKey(Hub, models.PROTECT, null=True, blank=True, related_name="registrations")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    subject_leader_name = models.CharField(max_length=150)
    subject_leader_email = models.EmailField()
    second_name = models.CharField("second person's name", max_length=150, blank=True)
    second_email = models.EmailField("second person's email", blank=True)
    headteacher_name = models.CharField(max_length=150)
    headteacher_email = models.EmailField()
    finance_name = models.CharField("finance contact's name", max_length=150, blank=True)
    finance_email = models.EmailField("finance contact's email", blank=True)
    payer = models.CharField("who pays", max_length=10, choices=Payer, default=Payer.SCHOOL)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_address = models.TextField(blank=True)
    order_number = models.CharField("order number", max_length=40, blank=True)
    ase_member = models.BooleanField("member of the Association for Science Education", default=False)
    ase_number = models.CharField("ASE membership number", max_length=30, blank=True)
    note = models.TextField(blank=True)
    registered_at = models.DateTimeField()
    agreement_token_hash = models.CharField(max_length=64, unique=True)
    agreement_sent_at = models.DateTimeField(default=timezone.now)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_name = models.CharField(max_length=150, blank=True)
    answer_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["registered_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "school"], condition=Q(status="waiting"), name="registration_waiting_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(agreed_at__isnull=False, hub__isnull=False),
                name="registration_accepted_was_agreed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.round}"

    @property
    def agreement_ends_at(self) -> datetime:
        """The mailed link works before this instant."""
        return self.agreement_sent_at + self.AGREEMENT_LIFE


SESSION_ORDER = "A session ends after it starts: give both times, the end the later one."


class TrainingSession(models.Model):
    """A training day or session that a hub holds; its date is what reminders of training go by."""

    hub_round = models.ForeignKey(HubRound, models.PROTECT, related_name="sessions")
    step = models.CharField(max_length=20)
    held_on = models.DateField("date")
    starts_at = models.TimeField("starts at", null=True, blank=True)
    ends_at = models.TimeField("ends at", null=True, blank=True)
    place = models.CharField("place or link", max_length=300, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["held_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hub_round", "step"], name="training_session_once"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="training_session_ends_after_its_start",
                violation_error_message=SESSION_ORDER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub_round}: {self.step} on {self.held_on}"


class Attendance(models.Model):
    """A school was at a training session."""

    session = models.ForeignKey(TrainingSession, models.CASCADE, related_name="attendances")
    school = models.ForeignKey(School, models.PROTECT, related_name="attendances")
    people = models.PositiveSmallIntegerField("how many came", default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "school"], name="attendance_once")
        ]

    def __str__(self) -> str:
        return f"{self.school} at {self.session}"
