from typing import ClassVar

from allauth.mfa.adapter import DefaultMFAAdapter

from psqm_portal.core.sign_in_forms import MFA_ERROR_MESSAGES


class MFAAdapter(DefaultMFAAdapter):
    """Says what went wrong with a second factor in the portal's words."""

    error_messages: ClassVar = {**DefaultMFAAdapter.error_messages, **MFA_ERROR_MESSAGES}
