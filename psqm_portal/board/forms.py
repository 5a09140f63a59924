from typing import Any

from django import forms

from psqm_portal.core.files.limits import KINDS, MOST_MEGABYTES, limits
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.models import StoredFile

_LABELS = {
    StoredFile.Kind.IMAGE: "A photo",
    StoredFile.Kind.PDF: "A PDF",
    StoredFile.Kind.WORD: "A Word document",
    StoredFile.Kind.EXCEL: "A spreadsheet",
    StoredFile.Kind.POWERPOINT: "A presentation",
    StoredFile.Kind.VIDEO: "A video",
}


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
