"""A new second factor counts everywhere: a session opened without it ends (S12, S13)."""

from typing import Any

from allauth.mfa.signals import authenticator_added
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User


@receiver(authenticator_added)
def end_other_sessions(request: HttpRequest, user: User, **_: Any) -> None:
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()
