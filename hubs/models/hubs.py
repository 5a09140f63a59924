from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Invitation, MembershipQuerySet
from messaging.models import Conversation
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import School


class Hub(models.Model):
    """A local group of schools led by one hub leader."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    place = models.CharField("town or area", max_length=100)
    postcode = models.CharField(max_length=10, blank=True, help_text="Distances are measured from here")
    easting = models.PositiveIntegerField(null=True, blank=True, help_text="Metres, national grid")
    northing = models.PositiveIntegerField(null=True, blank=True, help_text="Metres, national grid")
    area = models.CharField(
        "area it covers",
        max_length=200,
        blank=True,
        help_text="Towns, boroughs or counties, as people know them",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(easting=None, northing=None) | Q(easting__isnull=False, northing__isnull=False),
                name="hub_whole_coordinates",
            ),
        ]

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


class Substitution(models.Model):
    """Somebody leads a hub for a while. The clock appoints them on the first day and the leader again after
    the last; both days are London's. Somebody who is new here is invited first: ``substitute`` is empty until
    they accept. ``began_at``: the substitute leads since; ``ended_at``: it is over, whether it began or not.
    """

    hub = models.ForeignKey(Hub, models.PROTECT, related_name="substitutions")
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    substitute = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    invitation = models.ForeignKey(Invitation, models.PROTECT, null=True, related_name="+")
    first_day = models.DateField("first day")
    last_day = models.DateField("last day")
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-first_day"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hub"], condition=Q(ended_at=None), name="substitution_one_ahead"
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="substitution_order"),
            models.CheckConstraint(condition=~Q(leader=F("substitute")), name="substitution_is_another"),
            models.CheckConstraint(
                condition=Q(substitute__isnull=False) | Q(invitation__isnull=False, began_at=None),
                name="substitution_of_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.leader}, {self.hub}"

    @property
    def name(self) -> str:
        """Of the substitute, also where they haven't accepted yet."""
        return str(self.substitute or (self.invitation.name if self.invitation else ""))


class HandOverNote(models.Model):
    """What a leader wants the next one to know: of the hub (``school`` empty) or of one of its schools.

    Read by the hub's leader and HQ, never by the school. The newest of each stands.
    """

    hub = models.ForeignKey(Hub, models.PROTECT, related_name="hand_over_notes")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-written_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["hub", "school", "-written_at"], name="hand_over_newest")]

    def __str__(self) -> str:
        return f"{self.hub}: {self.school or 'the hub'}"
