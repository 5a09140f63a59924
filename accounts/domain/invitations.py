"""Bringing people in: an invitation is made once, accepted once, or withdrawn."""

from contextlib import suppress
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Invitation, User
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of, new_token

CLOSED = "This invitation can't be used any more. Ask the person who invited you for a new one."


@transaction.atomic
def invite(*, email: str, name: str, role: Role, scope: str, by: User | None, now: datetime) -> Invitation:
    """Makes an invitation and tells ``invitation.made``, whose handler writes the mail with the link.

    An open invitation of the same person for the same thing is withdrawn: one living link at a time.
    The token exists only in that mail (``occasion.given["token"]``) and, for the command line, as
    ``invitation.token`` of the object returned here.
    """
    email = email.strip().lower()
    open_for(email, role, scope).update(withdrawn_at=now)
    token = new_token()
    invitation = Invitation.objects.create(
        email=email,
        name=" ".join(name.split()),
        role=role.value,
        scope=scope,
        token_hash=hash_of(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + (Invitation.LIFE_HQ if scope == "hq" else Invitation.LIFE),
    )
    invitation.token = token
    events.publish("invitation.made", invitation, Occasion(by=by, now=now, given={"token": token}))
    return invitation


def open_for(email: str, role: Role, scope: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        email=email, role=role.value, scope=scope, accepted_at=None, withdrawn_at=None
    )


def find(token: str) -> Invitation | None:
    return Invitation.objects.filter(token_hash=hash_of(token)).first()


@transaction.atomic
def accept(token: str, *, user: User, now: datetime) -> Invitation:
    """Uses the invitation up; the app that owns its scope makes the membership.

    Raises Refused when it is used, withdrawn or expired, PermissionDenied for another person's account.
    Two people who accept at once: one update finds the row open, the other nothing.
    """
    invitation = find(token)
    if invitation is None:
        raise Refused(CLOSED)
    if invitation.email != user.email:
        raise PermissionDenied
    if not _take(invitation, user, now):
        raise Refused(CLOSED)
    invitation.refresh_from_db()
    events.publish("invitation.accepted", invitation, Occasion(by=user, now=now))
    return invitation


def _take(invitation: Invitation, user: User, now: datetime) -> bool:
    """Looking and writing are one statement, so that one of many wins."""
    still_open = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, withdrawn_at=None, expires_at__gt=now
    )
    return bool(still_open.update(accepted_at=now, accepted_by=user))


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User | None, now: datetime) -> None:
    """Raises Refused when the invitation was accepted meanwhile; withdrawing twice is harmless."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    invitation.refresh_from_db()
    if invitation.accepted_at is not None:
        raise Refused("This invitation was accepted already.")
    events.publish("invitation.withdrawn", invitation, Occasion(by=by, now=now))


def withdraw_all_of(person: User, scope: str, *, by: User | None, now: datetime) -> None:
    """When the right to invite ends, what was sent with it ends too: nobody lets themselves back in."""
    sent = Invitation.objects.filter(scope=scope, invited_by=person, accepted_at=None, withdrawn_at=None)
    for invitation in sent.order_by("pk"):
        with suppress(Refused):  # accepted at this moment
            withdraw(invitation, by=by, now=now)


def send_again(invitation: Invitation, *, by: User, now: datetime) -> Invitation:
    """A fresh link with a fresh life; the old link is dead."""
    if invitation.accepted_at is not None:
        raise Refused("This invitation was accepted already.")
    return invite(
        email=invitation.email,
        name=invitation.name,
        role=Role(invitation.role),
        scope=invitation.scope,
        by=by,
        now=now,
    )
