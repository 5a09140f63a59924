from django.urls import reverse

from accounts.models import Invitation, User
from accounts.registers import places_of
from messaging import tasks
from messaging.domain.mail import write
from messaging.models import Announcement, Email
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion


@events.on("invitation.made")
def send_invitation(invitation: Invitation, occasion: Occasion) -> None:
    place = places_of([invitation.scope]).get(invitation.scope)
    known = User.objects.filter(email=invitation.email, is_active=True).first()
    write(
        "accounts/mail/invitation",
        to=known or invitation.email,
        now=occasion.now,
        context={
            "invitation": invitation,
            "place": place.name if place else "",
            "by": occasion.by,
            "url": reverse("invitation", args=[occasion.given["token"]]),
        },
        about=f"invitation:{invitation.pk}",
        secret=True,
    )


@events.on("email.waiting")
def ask_for_delivery(email: Email, _occasion: Occasion) -> None:
    tasks.deliver.delay_on_commit(email.pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@events.on("announcement.sent")
def tell_readers(announcement: Announcement, _occasion: Occasion) -> None:
    tasks.tell_readers.delay_on_commit(announcement.pk)  # type: ignore[attr-defined]  # Celery's types
