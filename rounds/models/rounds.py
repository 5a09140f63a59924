from datetime import date, timedelta
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from rounds.models.frameworks import Framework


class Season(models.TextChoices):
    AUTUMN = "autumn", "Autumn"
    SPRING = "spring", "Spring"


class Kind(models.TextChoices):
    STANDARD = "standard", "Standard"
    REACCREDITATION = "reaccreditation", "Online reaccreditation"


class Audience(models.TextChoices):
    SCHOOL = "school", "Schools"
    HUB_LEADER = "hub_leader", "Hub leaders"
    HQ = "hq", "HQ"


class Step(models.TextChoices):
    """The kinds of milestone; what somebody owes at one is registered by (step, audience)."""

    RECRUIT = "recruit", "Recruit schools"
    TRAINING_1 = "training_1", "Training day 1 / session 1"
    AUDIT = "audit", "Audit against the criteria and decide on a level"
    LEVELS = "levels", "Assign levels"
    ACTION_PLAN = "action_plan", "Action plan"
    SESSION_2 = "session_2", "Session 2"
    IMPLEMENT = "implement", "Put the plan into practice and gather evidence"
    SESSION_3 = "session_3", "Session 3"
    TRAINING_2 = "training_2", "Training day 2 / session 4"
    SEND_FOR_SIGN_OFF = "send_for_sign_off", "Send for sign-off"
    SUBMIT = "submit", "Submit reflections with evidence"
    FINALISE = "finalise", "Sign off submissions"
    ASSIGN_REVIEWERS = "assign_reviewers", "Assign reviewers"
    REVIEW = "review", "Review submissions"
    DECIDE = "decide", "Decide awards"
    NOTIFY = "notify", "Award notification"
    CEREMONY = "ceremony", "Award ceremony"


class RoundTemplate(models.Model):
    """A season's year, from which HQ makes a round in one step."""

    season = models.CharField(max_length=10, choices=Season)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.STANDARD)
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["season", "kind"], name="round_template_once")
        ]

    def __str__(self) -> str:
        return self.get_season_display() + (" reaccreditation" if self.kind == Kind.REACCREDITATION else "")


class TemplateMilestone(models.Model):
    """Months of a milestone, counted from January of the round's year (1 to 12, 13 = January after).

    It opens on the first day of its first month and is due on the last day of its last, unless a day of the
    month is given. Where ``days_before_close`` is set, the due day is that many days before the submission's
    close.
    """

    template = models.ForeignKey(RoundTemplate, models.CASCADE, related_name="milestones")
    step = models.CharField(max_length=20, choices=Step)
    audience = models.CharField(max_length=12, choices=Audience)
    label = models.CharField(max_length=120)
    first_month = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    last_month = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    opens_day = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Day of the first month")
    due_day = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Day of the last month")
    days_before_close = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["first_month", "last_month", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "step", "audience"], name="template_milestone_once"),
            models.CheckConstraint(
                condition=Q(last_month__gte=F("first_month"), first_month__gte=1),
                name="template_milestone_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template}: {self.label}"


class Round(models.Model):
    """One cycle, such as "Autumn 2026". Everything HQ may change about it is data here or in its fees."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    season = models.CharField(max_length=10, choices=Season)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.STANDARD)
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="rounds")
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    hub_capacity = models.PositiveSmallIntegerField("places in a hub", default=10)
    reviews_per_submission = models.PositiveSmallIntegerField(default=2)
    minimum_reviews = models.PositiveSmallIntegerField("fewest reviews of a reviewer", default=2)
    mentoring_hours = models.PositiveSmallIntegerField("most hours of mentoring for a school", default=4)
    meetings_a_year = models.PositiveSmallIntegerField(
        "development meetings of a hub leader in a year", default=2
    )
    award_years = models.PositiveSmallIntegerField("years an award is valid", default=3)
    evidence_files = models.PositiveSmallIntegerField("most files of a school", default=300)
    evidence_megabytes = models.PositiveIntegerField("most megabytes of a school", default=3000)
    names_reviewers = models.BooleanField("tell schools who reviewed them, at release", default=True)
    needs_ase_membership = models.BooleanField("needs membership of the ASE", default=False)

    class Meta:
        ordering: ClassVar = ["-year", "season", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["season", "year", "kind"], name="round_once"),
            models.CheckConstraint(condition=Q(reviews_per_submission__gte=1), name="round_has_reviews"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """The part of an award's number: "26A" for Autumn 2026, "26AR" for its reaccreditation."""
        renewal = "R" if self.kind == Kind.REACCREDITATION else ""
        return f"{self.year % 100:02d}{self.season[0].upper()}{renewal}"


class Milestone(models.Model):
    """A dated step of a round for an audience. Both dates are whole London days; due means by its end."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="milestones")
    step = models.CharField(max_length=20, choices=Step)
    audience = models.CharField(max_length=12, choices=Audience)
    label = models.CharField(max_length=120)
    opens_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["due_on", "opens_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "step", "audience"], name="milestone_once"),
            models.CheckConstraint(condition=Q(due_on__gte=F("opens_on")), name="milestone_order"),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.label}"

    def offset_day(self, offset: int) -> date:
        """The day of a reminder; negative offsets lie before the due day."""
        return self.due_on + timedelta(days=offset)
