from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import MembershipQuerySet
from psqm_portal.core.roles import Role


class School(models.Model):
    """A primary, infant, junior, middle or special school. English ones have a URN, others need none."""

    class Phase(models.TextChoices):
        PRIMARY = "primary", "Primary"
        INFANT = "infant", "Infant"
        JUNIOR = "junior", "Junior"
        MIDDLE = "middle", "Middle"
        SPECIAL = "special", "Special"

    name = models.CharField(max_length=200)
    urn = models.CharField("URN", max_length=6, null=True, blank=True, unique=True)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.PRIMARY)
    street = models.CharField(max_length=200, blank=True)
    town = models.CharField(max_length=100)
    postcode = models.CharField(max_length=10)
    local_authority = models.CharField(max_length=100, blank=True)
    pupils = models.PositiveIntegerField("pupils on roll", null=True, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    website = models.URLField(blank=True)
    ase_member = models.BooleanField("member of the Association for Science Education", default=False)
    ase_number = models.CharField("ASE membership number", max_length=30, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["name"], name="school_name"),
            models.Index(fields=["postcode"], name="school_postcode"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(urn=""), name="school_urn_null_when_none")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Lines of a postal address, the name first."""
        return "\n".join(line for line in (self.name, self.street, self.town, self.postcode) if line)


class SchoolMembership(models.Model):
    """A person's place in a school. Former ones stay: who was ever here never reviews the school."""

    class Kind(models.TextChoices):
        SUBJECT_LEADER = Role.SUBJECT_LEADER.value, "Subject leader"
        HEADTEACHER = Role.HEADTEACHER.value, "Headteacher"
        FINANCE = Role.SCHOOL_FINANCE.value, "School finance contact"

    school = models.ForeignKey(School, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="school_memberships")
    role = models.CharField(max_length=30, choices=Kind)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["school", "user", "role"], condition=Q(ended_at=None), name="school_membership_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="school_membership_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} at {self.school}"
