from django import forms

from awards.domain import press
from messaging.domain.wording import strange_fields
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.seen import SeenMixin


class PressForm(SeenMixin, PortalForm):
    main_button = "Save these words"
    options = {"text": {"rows": 24}}

    text = forms.CharField(label="Press release", widget=forms.Textarea, max_length=press.LONGEST)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if strange := strange_fields(text, press.FIELDS):
            raise forms.ValidationError(
                f"{strange[0]} isn’t a field of the press release. Use one of those on the list"
            )
        return text
