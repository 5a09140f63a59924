from typing import Any

from django import forms
from django.db.models import QuerySet

from psqm_portal.board.log import search
from psqm_portal.board.log.words import choices
from psqm_portal.core.files.limits import KINDS, MOST_MEGABYTES, limits
from psqm_portal.core.forms import DateField, PortalForm
from psqm_portal.core.models import LogEntry, StoredFile

_LABELS = {
    StoredFile.Kind.IMAGE: "A photo",
    StoredFile.Kind.PDF: "A PDF",
    StoredFile.Kind.WORD: "A Word document",
    StoredFile.Kind.EXCEL: "A spreadsheet",
    StoredFile.Kind.POWERPOINT: "A presentation",
    StoredFile.Kind.VIDEO: "A video",
}


class LogForm(PortalForm):
    """What to find in the log. Names that fit nobody are answered at their own box."""

    mark_optional = False
    options = {"who": {"width": 20}, "about": {"width": 30}}

    what = forms.ChoiceField(label="What happened", choices=choices, required=False)
    who = forms.CharField(
        label="Who did it",
        required=False,
        max_length=100,
        help_text="A name or e-mail address, or “the portal” for what nobody who was signed in did",
    )
    about = forms.CharField(
        label="What it was about",
        required=False,
        max_length=100,
        help_text="The name of a school, hub, round or person, or the number of an invoice or award",
    )
    first = DateField(label="From", required=False)
    last = DateField(label="To", required=False)

    def rows(self) -> "QuerySet[LogEntry] | None":
        """None where a name says nothing; the form then says why."""
        try:
            return search.find(**self.cleaned_data)
        except search.NotFound as missing:
            self.add_error(missing.field, str(missing))
            return None


class UploadLimitsForm(PortalForm):
    """One number for each kind of file."""

    main_button = "Save limits"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fields: dict[str, forms.Field] = {
            kind: forms.IntegerField(label=_LABELS[kind], min_value=1, max_value=MOST_MEGABYTES)
            for kind in KINDS
        }
        # Django's __init__ copies an instance's own base fields.
        self.base_fields = {**type(self).base_fields, **fields}  # type: ignore[misc]
        super().__init__(*args, initial=limits(), **kwargs)
        for kind in KINDS:
            self.field_options[kind] = {"width": 4, "suffix": "MB"}
