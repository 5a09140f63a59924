from collections.abc import Collection, Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import HQMembership, Invitation, User
from accounts.registers import Holding, Place
from psqm_portal.core.roles import Role


def hq_roles(user: User | AnonymousUser) -> frozenset[Role]:
    """The roles a person holds in HQ at this moment; read afresh each time."""
    if not user.is_authenticated:
        return frozenset()
    held = HQMembership.objects.current().filter(user=user).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def hq_people(roles: Iterable[Role]) -> QuerySet[User]:
    """Active people who hold one of these HQ roles now."""
    return User.objects.filter(
        is_active=True, hq_memberships__ended_at=None, hq_memberships__role__in=[str(role) for role in roles]
    ).distinct()


def with_standing(users: QuerySet[User]) -> QuerySet[User]:
    """Annotates ``is_staff_of_hq`` (works for HQ, or opens Django's admin) and ``has_second_factor``.

    Recovery codes alone are none: they stand in for a factor that was lost.
    """
    hq = HQMembership.objects.current().filter(user=OuterRef("pk"))
    factor = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return users.annotate(
        is_staff_of_hq=Q(Exists(hq)) | Q(is_staff=True), has_second_factor=Q(Exists(factor))
    )


def _standing(user: User) -> User | None:
    """Asked on every request: the annotations come with the person, so it costs no query of its own."""
    if hasattr(user, "is_staff_of_hq"):
        return user
    return with_standing(User.objects.filter(pk=user.pk, is_active=True)).first()


def is_staff_of_hq(user: User) -> bool:
    found = _standing(user)
    return found is not None and found.is_staff_of_hq  # type: ignore[attr-defined]  # annotated


def owes_second_factor(user: User) -> bool:
    found = _standing(user)
    if found is None or user.email in settings.SECOND_FACTOR_WAIVED:
        return False
    return found.is_staff_of_hq and not found.has_second_factor  # type: ignore[attr-defined]  # annotated


def people_visible_to(user: User) -> QuerySet[User]:
    """The list of all people is HQ admins'."""
    return User.objects.all() if Role.HQ_ADMIN in hq_roles(user) else User.objects.none()


def search_people(rows: QuerySet[User], words: str) -> QuerySet[User]:
    """Each word is somewhere in the name or the e-mail address."""
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return rows.order_by("name", "id")


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now).order_by(
        "-invited_at", "-id"
    )


def pending_invitations(scope: str) -> QuerySet[Invitation]:
    """Neither accepted nor withdrawn; some may have run out (``is_open`` says)."""
    return Invitation.objects.filter(scope=scope, accepted_at=None, withdrawn_at=None).order_by(
        "invited_at", "id"
    )


def hq_holdings(user_ids: Collection[int]) -> list[Holding]:
    rows = HQMembership.objects.current().filter(user__in=user_ids).order_by("role")
    return [Holding(row.user_id, row.get_role_display(), Place("", "")) for row in rows]
