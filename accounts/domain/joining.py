"""Making an account: only by an invitation."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.domain.invitations import CLOSED, accept, find
from accounts.models import User
from psqm_portal.core.machine import Refused


def join_by_invitation(token: str, *, name: str, password: str, now: datetime) -> User:
    """A new person with a confirmed address: the link came by mail to it. Raises Refused as ``accept`` does.

    Two who open the link at once: the second finds the address taken or the invitation used.
    """
    invitation = find(token)
    if invitation is None:
        raise Refused(CLOSED)
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, " ".join(name.split()), password, joined_at=now)
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            accept(token, user=user, now=now)
            return user
    except IntegrityError as taken:
        raise Refused(CLOSED) from taken
