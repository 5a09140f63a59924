import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from psqm_portal.core.roles import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, name: str = "", password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str = "", password: str | None = None) -> "User":
        return self.create_user(email, name, password, is_staff=True, is_superuser=True)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the name to sign in with, kept in lower case.

    What a person may do comes from memberships (school, hub, HQ), several at once, never from this row:
    ``is_staff`` and ``is_superuser`` only open Django's admin, for support.
    """

    email = models.EmailField("email address", max_length=254)
    name = models.CharField("full name", max_length=150)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class MembershipQuerySet(models.QuerySet):
    def current(self) -> Self:
        return self.filter(ended_at__isnull=True)


class HQMembership(models.Model):
    """A person's place in HQ: admin (all), finance (money only) or viewer (reads)."""

    class Kind(models.TextChoices):
        ADMIN = Role.HQ_ADMIN.value, "HQ admin"
        FINANCE = Role.HQ_FINANCE.value, "HQ finance"
        VIEWER = Role.HQ_VIEWER.value, "HQ viewer"

    user = models.ForeignKey(User, models.PROTECT, related_name="hq_memberships")
    role = models.CharField(max_length=30, choices=Kind)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "HQ membership"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(ended_at=None), name="hq_membership_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="hq_membership_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"


class Invitation(models.Model):
    """Brings a person in, once: 128 random bits in a mailed link, of which only the hash is kept.

    ``scope`` says what the membership is for ("hq", "school:12", "hub:3"); the app that owns the scope
    makes the membership when the event ``invitation.accepted`` comes.
    """

    LIFE_HQ = timedelta(hours=48)
    LIFE = timedelta(days=14)

    # Known only to the object that ``invite`` returns; never stored.
    token: str = ""

    email = models.EmailField(max_length=254)
    name = models.CharField("full name", max_length=150)
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    scope = models.CharField(max_length=40)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scope"], name="invitation_scope")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at=None),
                name="invitation_accepted_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.role}"

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at


class Session(AbstractBaseSession):
    """One browser's session: whose it is, since when, when its person last did something, and from where.

    A sign-in makes a new row, so ``started_at`` is the moment of the sign-in. Without a person it holds what
    a visitor typed into a public form.
    """

    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="Within a minute: what a page asks by itself doesn't count")
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True, help_text="As the browser names itself")

    class Meta(AbstractBaseSession.Meta):
        pass

    @property
    def handle(self) -> str:
        """Names it on pages and in addresses: the key itself would let its reader in."""
        return hashlib.sha256(f"handle:{self.session_key}".encode()).hexdigest()[:24]
