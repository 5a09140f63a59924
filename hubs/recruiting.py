"""What follows from recruiting, and who reads its files; known to the portal from its start."""

from django.db.models import Exists, OuterRef

from accounts.models import HQMembership, User
from hubs.domain.recruitment import note_registered
from hubs.models import Enclosure, HubMembership, MailOut, Registration
from hubs.tasks import make_letters
from psqm_portal.core import events
from psqm_portal.core.files.rights import reader
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role


@events.on("registration.made")
def settle_prospect(registration: Registration, occasion: Occasion) -> None:
    note_registered(registration, now=occasion.now)


@events.on("mail_out.asked")
def ask_for_letters(mail_out: MailOut, _: Occasion) -> None:
    make_letters.delay_on_commit(mail_out.pk)  # type: ignore[attr-defined]  # Celery's types don't know it


def _is_admin(user: User) -> bool:
    return HQMembership.objects.current().filter(user=user, role=Role.HQ_ADMIN.value).exists()


@reader
def sends_these_letters(user: User, stored: StoredFile) -> bool:
    """Letters and their enclosure hold each school's personal link: for that hub's leader and HQ's admins."""
    leads = HubMembership.objects.current().filter(user=user, hub=OuterRef("hub"), role=Role.HUB_LEADER.value)
    mine = MailOut.objects.filter(file=stored) | MailOut.objects.filter(enclosure=stored)
    return mine.filter(Exists(leads)).exists() or (mine.exists() and _is_admin(user))


@reader
def encloses_it(user: User, stored: StoredFile) -> bool:
    """HQ's standard enclosure: whoever may send it."""
    if not Enclosure.objects.filter(file=stored).exists():
        return False
    leads = HubMembership.objects.current().filter(user=user, role=Role.HUB_LEADER.value)
    return leads.exists() or _is_admin(user)
