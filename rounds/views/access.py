from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import User


class SignedIn(HttpRequest):
    """A request behind the middleware that asks everybody to sign in."""

    user: User


def need(request: SignedIn, permission: str, subject: Model | None = None) -> None:
    """403 for a person who sees the thing but has no right to do this with it."""
    if not request.user.has_perm(permission, subject):
        raise PermissionDenied
