"""The first HQ admin comes in by this; later ones are invited on the people page."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from accounts.domain.invitations import invite
from accounts.models import HQMembership
from psqm_portal.core.clock import now
from psqm_portal.core.roles import Role


class Command(BaseCommand):
    help = "Invites somebody to HQ by e-mail and prints the link, which works once and for 48 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="full name; the person can change it")
        parser.add_argument("--role", default=Role.HQ_ADMIN.value, choices=HQMembership.Kind.values)

    def handle(self, *args: Any, email: str, name: str, role: str, **options: Any) -> None:
        invitation = invite(email=email, name=name or email, role=Role(role), scope="hq", by=None, now=now())
        link = reverse("invitation", args=[invitation.token])
        self.stdout.write(f"{settings.PORTAL_ORIGIN}{link}")
