"""allauth's forms in the portal's words and markup (ACCOUNT_FORMS, MFA_FORMS in settings)."""

from collections.abc import Mapping
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.recovery_codes import forms as recovery_codes
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn

from psqm_portal.core.forms import PortalFormMixin

# For the adapters' ``error_messages``: what allauth says by itself has "please", "invalid", "specified".
ACCOUNT_ERROR_MESSAGES = {
    "account_inactive": "This account is closed. Write to us if you need it again.",
    "cannot_remove_primary_email": "You can't remove the address you sign in with.",
    "duplicate_email": "That is already one of your addresses.",
    "email_password_mismatch": "The email address or the password isn't right. Try again, or use a code.",
    "email_taken": "Somebody else's account has this email address.",
    "enter_current_password": "The current password isn't right.",
    "incorrect_code": "The code isn't right. Check it, or ask for a new one.",
    "incorrect_password": "The password isn't right.",
    "invalid_or_expired_key": "This link no longer works. Ask for a new one.",
    "invalid_login": "That didn't sign you in. Try again.",
    "invalid_password_reset": "This link no longer works. Ask for a new one.",
    "max_email_addresses": "You can't have more than %d email addresses.",
    "too_many_login_attempts": "Too many tries. Wait five minutes and try again, or have a code sent to you.",
    "unknown_email": "We don't know this email address. Check it, or ask your hub leader which one we have.",
    "unverified_primary_email": "Confirm your email address first.",
    "same_as_current": "This is the same as before. Enter a different one.",
    "rate_limited": "Too many tries. Wait a minute and try again.",
}
MFA_ERROR_MESSAGES = {
    "add_email_blocked": "Turn off the second step before you add an email address.",
    "cannot_delete_authenticator": "You can't turn off your last second step: your role needs one.",
    "cannot_generate_recovery_codes": "Set up a second step first.",
    "incorrect_code": "The code isn't right. Codes change every 30 seconds: enter the newest one.",
    "unverified_email": "Confirm your email address first.",
}

EMAIL = "Email address"
CODE_OPTIONS = {"code": {"width": 10, "autocomplete": "one-time-code"}}
NEW_PASSWORD = (
    "Use at least 12 characters. "  # noqa: S105 - a hint
    "Three words that don't belong together are easy to remember"
)


class _Plain(PortalFormMixin):
    labels: Mapping[str, str] = {}
    helps: Mapping[str, str] = {}
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            if name in self.fields:
                self.fields[name].label = label
        for name, words in self.helps.items():
            if name in self.fields:
                self.fields[name].help_text = words
        self.say_plainly()
        for field in self.fields.values():
            if "required" in field.error_messages:
                field.error_messages["required"] = str(field.error_messages["required"]).replace(
                    "Enter ", "Enter your ", 1
                )


class LoginForm(_Plain, account.LoginForm):
    labels = {"login": EMAIL, "remember": "Keep me signed in on this device"}
    helps = {"password": ""}
    options = {"login": {"autocomplete": "username"}}


class ResetPasswordForm(_Plain, account.ResetPasswordForm):
    labels = {"email": EMAIL}


class ResetPasswordKeyForm(_Plain, account.ResetPasswordKeyForm):
    labels = {"password1": "New password", "password2": "New password again"}
    helps = {"password1": NEW_PASSWORD}


class ChangePasswordForm(_Plain, account.ChangePasswordForm):
    labels = {
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
    }
    helps = {"oldpassword": "", "password1": NEW_PASSWORD}


class SetPasswordForm(_Plain, account.SetPasswordForm):
    labels = {"password1": "New password", "password2": "New password again"}
    helps = {"password1": NEW_PASSWORD}


class AddEmailForm(_Plain, account.AddEmailForm):
    labels = {"email": "New email address"}


class ReauthenticateForm(_Plain, account.ReauthenticateForm):
    labels = {"password": "Password"}
    helps = {"password": ""}


class RequestLoginCodeForm(_Plain, account.RequestLoginCodeForm):
    labels = {"email": EMAIL}


class ConfirmLoginCodeForm(_Plain, account.ConfirmLoginCodeForm):
    labels = {"code": "Code"}
    options = CODE_OPTIONS


class AuthenticateForm(_Plain, mfa.AuthenticateForm):
    labels = {"code": "Code"}
    options = CODE_OPTIONS


class MfaReauthenticateForm(_Plain, mfa.ReauthenticateForm):
    labels = {"code": "Code"}
    options = CODE_OPTIONS


class ActivateTOTPForm(_Plain, totp.ActivateTOTPForm):
    labels = {"code": "Code from your app"}
    options = CODE_OPTIONS


class DeactivateTOTPForm(_Plain, totp.DeactivateTOTPForm):
    pass


class GenerateRecoveryCodesForm(_Plain, recovery_codes.GenerateRecoveryCodesForm):
    pass


class AddWebAuthnForm(_Plain, webauthn.AddWebAuthnForm):
    labels = {"name": "Name for this passkey", "passwordless": "Sign in with this passkey alone"}
    helps = {
        "name": "So that you can tell it apart, for example “School laptop”",
        "passwordless": "No password needed then. The device asks for your finger, face or PIN",
    }


class EditWebAuthnForm(_Plain, webauthn.EditWebAuthnForm):
    labels = {"name": "Name for this passkey"}
