from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import MembershipQuerySet
from psqm_portal.core.roles import Role
from schools import words

# What a school is found by.
TOLD_BY = frozenset({"name", "town", "local_authority", "county", "country", "postcode", "urn"})
AT_ONCE = 500


class SchoolQuerySet(models.QuerySet):
    """However schools are written, they can be found by their new words."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        rows = list(objs)
        know_words(rows)
        if TOLD_BY & set(options.get("update_fields") or ()):
            options["update_fields"] = {*options["update_fields"], "found_by"}
        return super().bulk_create(rows, *args, **options)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        rows, named = list(objs), set(fields)
        if TOLD_BY & named:
            know_words(rows)
            named.add("found_by")
        return super().bulk_update(rows, sorted(named), batch_size)

    def update(self, **values: Any) -> int:
        if not TOLD_BY & values.keys() or "found_by" in values:
            return super().update(**values)
        changed = list(self.values_list("pk", flat=True))
        updated = super().update(**values)
        for at in range(0, len(changed), AT_ONCE):
            rows = School.objects.filter(pk__in=changed[at : at + AT_ONCE])
            School.objects.bulk_update(rows, ["name"])  # and what it is found by
        return updated


class School(models.Model):
    """A primary, infant, junior, middle or special school. English ones have a URN, others need none.

    ``merged_into``: this row was a second record of that school; everything moved there, it stays closed so
    that old addresses and the log still mean something. ``successor`` is the register's.
    """

    class Phase(models.TextChoices):
        PRIMARY = "primary", "Primary"
        INFANT = "infant", "Infant"
        JUNIOR = "junior", "Junior"
        MIDDLE = "middle", "Middle"
        SPECIAL = "special", "Special"

    class Country(models.TextChoices):
        ENGLAND = "england", "England"
        WALES = "wales", "Wales"
        SCOTLAND = "scotland", "Scotland"
        NORTHERN_IRELAND = "northern_ireland", "Northern Ireland"
        ABROAD = "abroad", "Abroad"

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
    country = models.CharField(max_length=20, choices=Country, default=Country.ENGLAND)
    county = models.CharField(max_length=100, blank=True)
    headteacher_name = models.CharField(
        "headteacher’s name in the register", max_length=150, blank=True, help_text="For letters"
    )
    trust = models.CharField("academy trust", max_length=200, blank=True)
    register_type = models.CharField("type in the register", max_length=100, blank=True)
    register_status = models.CharField("status in the register", max_length=60, blank=True)
    # What the register last said; the school's own phone and website follow it until somebody types others.
    register_phone = models.CharField("phone in the register", max_length=30, blank=True)
    register_website = models.URLField("website in the register", blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="predecessors")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    easting = models.PositiveIntegerField(null=True, blank=True, help_text="Metres, national grid")
    northing = models.PositiveIntegerField(null=True, blank=True, help_text="Metres, national grid")
    is_open = models.BooleanField(default=True)
    found_by = models.TextField(default="", blank=True, editable=False, help_text="Its words, folded")

    objects = SchoolQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["name"], name="school_name"),
            models.Index(fields=["postcode"], name="school_postcode"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(urn=""), name="school_urn_null_when_none"),
            models.CheckConstraint(
                condition=Q(easting=None, northing=None) | Q(easting__isnull=False, northing__isnull=False),
                name="school_whole_coordinates",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(is_open=False), name="school_merged_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        if update_fields is None or TOLD_BY & set(update_fields):
            know_words([self])
            update_fields = update_fields and {*update_fields, "found_by"}
        super().save(*args, update_fields=update_fields, **options)

    def told_by(self) -> str:
        country = "" if self.country == self.Country.ENGLAND else self.get_country_display()
        places = [self.town, self.local_authority, self.county, country]
        return words.found_by(self.name, places, self.postcode, self.urn)

    @property
    def address(self) -> str:
        """Lines of a postal address, the name first."""
        return "\n".join(line for line in (self.name, self.street, self.town, self.postcode) if line)


class SchoolWord(models.Model):
    """A word that some school is or was found by: what a mistyped one may have meant."""

    word = models.CharField(max_length=40, primary_key=True)

    def __str__(self) -> str:
        return self.word


def know_words(schools: Collection[School]) -> None:
    """Sets what the schools are found by, unsaved, and keeps the words that are new to us."""
    fresh: set[str] = set()
    for school in schools:
        told = school.told_by()
        if told != school.found_by:
            school.found_by = told
            fresh |= words.spoken(told)
    if fresh:
        fresh -= set(SchoolWord.objects.filter(word__in=fresh).values_list("word", flat=True))
        # In order: two that bring the same words wait for each other, never in a ring.
        SchoolWord.objects.bulk_create(
            [SchoolWord(word=word) for word in sorted(fresh)], ignore_conflicts=True
        )


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
