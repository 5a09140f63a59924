from typing import Any

from django import forms

from psqm_portal.core.forms import PortalForm


class ReasonForm(PortalForm):
    reason = forms.CharField(label="Reason", widget=forms.Textarea)
    options = {"reason": {"rows": 4}}

    def __init__(self, *args: Any, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint
