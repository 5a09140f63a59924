from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from schools.models import School


class Interest(models.Model):
    """Why a person doesn't review a school, or any school of an employer, that no membership shows.

    ``employer`` is a trust or local authority in the register's words. It counts for every submission until
    HQ lifts it. ``why`` is typed: HQ reads it, and who declared it for themself.
    """

    class Side(models.TextChoices):
        LEADER = "leader", "The hub leader"
        SCHOOL = "school", "The school"
        HQ = "hq", "HQ"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="interests")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="interests")
    employer = models.CharField("trust or local authority", max_length=200, blank=True)
    why = models.TextField()
    side = models.CharField(max_length=6, choices=Side)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_because = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(school=None) & ~Q(employer="") | Q(school__isnull=False, employer=""),
                name="interest_in_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lifted_because="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_because=""),
                name="interest_lifted_with_reason",
            ),
            models.UniqueConstraint(
                fields=["user", "school", "side"],
                condition=Q(lifted_at=None, school__isnull=False),
                name="interest_school_once",
            ),
            models.UniqueConstraint(
                "user",
                Upper("employer"),
                condition=Q(lifted_at=None, school=None),
                name="interest_employer_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.thing}"

    @property
    def thing(self) -> str:
        return self.school.name if self.school is not None else self.employer
