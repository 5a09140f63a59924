from django import forms

from awards.pages.renewal import STATES
from psqm_portal.core.forms import PortalForm


class EndingFilter(PortalForm):
    mark_optional = False

    state = forms.ChoiceField(label="Show", required=False, choices=[("", "All"), *STATES.items()])

    def asked(self) -> str:
        return str(getattr(self, "cleaned_data", {}).get("state", ""))
