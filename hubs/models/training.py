from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hubs.models.hubs import HubRound
from psqm_portal.core.models import StoredFile
from schools.models import School

SESSION_ORDER = "A session ends after it starts: give both times, the end the later one."


class Gathering(models.Model):
    """What a training session of a hub and a meeting of HQ's have in common.

    ``places`` None: as many as want to come. ``changed_at`` is the last change of when or where, which people
    who come are told of. A gathering that was called off keeps its date, for the record.
    """

    held_on = models.DateField("date")
    starts_at = models.TimeField("starts at", null=True, blank=True)
    ends_at = models.TimeField("ends at", null=True, blank=True)
    place = models.CharField("place", max_length=300, blank=True)
    link = models.URLField("link to the online meeting", max_length=500, blank=True)
    note = models.TextField(blank=True)
    places = models.PositiveSmallIntegerField("places for people", null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class Reply(models.Model):
    """One person's answer to an invitation, and whether they came (None: nobody has said yet).

    People on the waiting list move up in the order of ``replied_at`` as places come free.
    """

    class Answer(models.TextChoices):
        COMING = "coming", "Coming"
        WAITING = "waiting", "On the waiting list"
        NOT_COMING = "not_coming", "Not coming"

    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=10, choices=Answer)
    needs = models.CharField("access or dietary needs", max_length=300, blank=True)
    replied_at = models.DateTimeField()
    came = models.BooleanField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name}: {self.get_answer_display()}"


class Material(models.Model):
    """A file or a link for a gathering, for those who are invited to it."""

    title = models.CharField(max_length=150)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    url = models.URLField("link", max_length=500, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class TrainingSession(Gathering):
    """A training day or session that a hub holds; its date is what reminders of training go by."""

    hub_round = models.ForeignKey(HubRound, models.PROTECT, related_name="sessions")
    step = models.CharField(max_length=20)

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


class SessionReply(Reply):
    """Somebody from a school for a training session of its hub."""

    session = models.ForeignKey(TrainingSession, models.CASCADE, related_name="replies")
    school = models.ForeignKey(School, models.PROTECT, related_name="session_replies")

    class Meta:
        ordering: ClassVar = ["replied_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "school", "name"], name="session_reply_once"),
        ]


class SessionMaterial(Material):
    session = models.ForeignKey(TrainingSession, models.CASCADE, related_name="materials")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | (Q(file=None) & ~Q(url="")),
                name="session_material_file_or_link",
            )
        ]


class CatchUp(models.Model):
    """How a school that missed a session made up for it, in the words of who saw to it."""

    session = models.ForeignKey(TrainingSession, models.CASCADE, related_name="catch_ups")
    school = models.ForeignKey(School, models.PROTECT, related_name="catch_ups")
    held_on = models.DateField("date")
    how = models.TextField("how they caught up")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["session", "school"], name="catch_up_once")]

    def __str__(self) -> str:
        return f"{self.school}, {self.session}"


class LeaderMeeting(Gathering):
    """HQ's meeting for hub leaders. The seed asks for the initial training and two development and quality
    meetings a year; the yearly conference is recommended.
    """

    class Kind(models.TextChoices):
        INITIAL = "initial", "Initial training"
        DEVELOPMENT = "development", "Development and quality meeting"
        CONFERENCE = "conference", "Yearly conference"
        OTHER = "other", "Another meeting"

    kind = models.CharField("kind of meeting", max_length=12, choices=Kind)
    title = models.CharField(max_length=120)
    invited_at = models.DateTimeField(null=True, blank=True, help_text="When hub leaders were told of it")

    class Meta:
        ordering: ClassVar = ["held_on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="leader_meeting_ends_after_its_start",
                violation_error_message=SESSION_ORDER,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class MeetingReply(Reply):
    """A hub leader for one of HQ's meetings."""

    meeting = models.ForeignKey(LeaderMeeting, models.CASCADE, related_name="replies")

    class Meta:
        ordering: ClassVar = ["replied_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "user"], name="meeting_reply_once"),
            models.CheckConstraint(condition=Q(user__isnull=False), name="meeting_reply_of_a_person"),
        ]


class MeetingMaterial(Material):
    meeting = models.ForeignKey(LeaderMeeting, models.CASCADE, related_name="materials")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | (Q(file=None) & ~Q(url="")),
                name="meeting_material_file_or_link",
            )
        ]


def time_words(minutes: int) -> str:
    """ "1h 30m", "45m", "2h"."""
    hours, rest = divmod(minutes, 60)
    return " ".join([*([f"{hours}h"] if hours else []), *([f"{rest}m"] if rest or not hours else [])])


class MentoringEntry(models.Model):
    """Time given to one school: up to four hours each (seed). Changed by who made it, and by HQ's admins."""

    class How(models.TextChoices):
        PORTAL = "portal", "In the portal"
        PHONE = "phone", "By phone or video"
        PERSON = "person", "In person"

    hub_round = models.ForeignKey(HubRound, models.PROTECT, related_name="mentoring")
    school = models.ForeignKey(School, models.PROTECT, related_name="mentoring")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    held_on = models.DateField("date")
    minutes = models.PositiveSmallIntegerField()
    how = models.CharField(max_length=6, choices=How)
    note = models.TextField("what it was about", blank=True)
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-held_on", "-id"]
        indexes: ClassVar = [models.Index(fields=["hub_round", "school"], name="mentoring_school")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=600), name="mentoring_minutes"),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.minutes} minutes"

    @property
    def time(self) -> str:
        """ "1h 30m", "45m", "2h"."""
        return time_words(self.minutes)
