from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from psqm_portal.core.files.storing import BadFile, store
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.models import StoredFile

MOST_FILES = 5


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of uploads as a list."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        chosen = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in chosen if one]


class MessageForm(PortalForm):
    """One message with its files. The page shows who can read it above this form."""

    main_button = "Send message"
    options = {"body": {"rows": 6}}

    body = forms.CharField(label="Message", widget=forms.Textarea, max_length=10_000)
    attachments = ManyFilesField(
        label="Files",
        required=False,
        help_text=f"Photos, PDFs or Office files, up to {MOST_FILES}. Don't send photos of children here: "
        "they belong in the evidence.",
    )

    def clean_attachments(self) -> list[UploadedFile]:
        chosen: list[UploadedFile] = self.cleaned_data["attachments"]
        if len(chosen) > MOST_FILES:
            raise forms.ValidationError(f"Choose up to {MOST_FILES} files")
        return chosen

    def stored(self, *, owner: str, by: User, now: datetime) -> list[StoredFile] | None:
        """Keeps the chosen files; None, with the reason on the form, when one can't be used."""
        kept = []
        for upload in self.cleaned_data["attachments"]:
            try:
                kept.append(store(upload, owner=owner, by=by, now=now))
            except BadFile as bad:
                self.add_error("attachments", str(bad))
        return None if self.errors else list({stored.pk: stored for stored in kept}.values())
