from typing import Any

from allauth.account.adapter import get_adapter
from django import forms

from accounts.models import HQMembership, Invitation, User
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.roles import Role


class JoinForm(PortalForm):
    """What a new person says about themselves: a name and a password."""

    main_button = "Create your account"
    options = {"name": {"autocomplete": "name"}, "password": {"autocomplete": "new-password"}}

    name = forms.CharField(label="Your full name", max_length=150)
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(render_value=False),
        strip=False,
        help_text="At least 12 characters. Three words that mean something only to you are good.",
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        self.invitation = invitation
        kwargs.setdefault("initial", {"name": invitation.name})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and "password" in cleaned:
            person = User(email=self.invitation.email, name=cleaned.get("name", ""))
            try:
                get_adapter().clean_password(cleaned["password"], user=person)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return cleaned


class HQInvitationForm(PortalForm):
    main_button = "Send the invitation"

    name = forms.CharField(label="Full name", max_length=150)
    email = forms.EmailField(label="Email address", max_length=254)
    role = forms.ChoiceField(
        label="What they do in HQ", choices=HQMembership.Kind.choices, widget=forms.RadioSelect
    )
    options = {
        "role": {
            "hints": {
                Role.HQ_ADMIN.value: "Runs rounds, schools, hubs, reviews, awards and people",
                Role.HQ_FINANCE.value: "Invoices and hub leader earnings, nothing of schools’ work",
                Role.HQ_VIEWER.value: "Reads lists and figures, changes nothing",
            }
        }
    }


class SearchForm(PortalForm):
    mark_optional = False

    q = forms.CharField(label="Name or email address", required=False, max_length=100)


class NameForm(PortalForm):
    main_button = "Save your name"
    options = {"name": {"autocomplete": "name"}}

    name = forms.CharField(label="Your full name", max_length=150)
