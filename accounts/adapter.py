from typing import ClassVar

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts.models import User
from accounts.queries import is_staff_of_hq
from psqm_portal.core.sign_in_forms import MFA_ERROR_MESSAGES


class MFAAdapter(DefaultMFAAdapter):
    """Says what went wrong with a second factor in the portal's words."""

    error_messages: ClassVar = {**DefaultMFAAdapter.error_messages, **MFA_ERROR_MESSAGES}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """HQ's last factor stays until there is another: without one its person is locked out (S12)."""
        user: User = authenticator.user
        if authenticator.type == Authenticator.Type.RECOVERY_CODES or not is_staff_of_hq(user):
            return True
        if user.email in settings.SECOND_FACTOR_WAIVED:
            return True
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
