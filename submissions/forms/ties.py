"""Tying evidence to a part, with the caption that says how it shows it."""

from typing import Any

from django import forms

from psqm_portal.core.forms import PortalForm
from psqm_portal.core.seen import SeenMixin
from submissions.forms.names import AsksAboutNames
from submissions.models import Evidence, Part


class TieForm(AsksAboutNames, PortalForm):
    """Tie a piece that is already there to a part."""

    main_button = "Tie it"
    options = {"caption": {"rows": 4}}
    asks_about = ("caption",)

    piece = forms.ModelChoiceField(
        Evidence.objects.none(), widget=forms.RadioSelect, label="Piece of evidence", empty_label=None
    )
    caption = forms.CharField(widget=forms.Textarea, required=False, max_length=2000)

    def __init__(self, *args: Any, pieces: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["piece"].queryset = pieces  # type: ignore[attr-defined]
        self.fields["caption"].help_text = f"How it shows {short_name(part)}"


class CaptionForm(SeenMixin, AsksAboutNames, PortalForm):
    """``is_new``: the piece isn't tied yet, and sending ties it."""

    options = {"caption": {"rows": 5}}
    asks_about = ("caption",)

    caption = forms.CharField(widget=forms.Textarea, required=False, max_length=2000)

    def __init__(self, *args: Any, part: Part, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.main_button = "Use it here" if is_new else "Save the caption"
        self.fields["caption"].help_text = f"What can be seen in it, and how it shows {short_name(part)}"


def short_name(part: Part) -> str:
    return part.criterion.code if part.criterion else part.title
