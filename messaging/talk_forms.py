from typing import Any

from django import forms

from messaging.forms import MessageForm
from messaging.models import NoticePreference
from psqm_portal.core.forms import PortalForm


class ChangeMessageForm(PortalForm):
    main_button = "Save your message"
    options = {"body": {"rows": 6}}

    body = forms.CharField(label="Message", widget=forms.Textarea, max_length=10_000)


class SearchForm(PortalForm):
    mark_optional = False

    q = forms.CharField(label="Search your messages", required=False, max_length=100)


class NoticesForm(PortalForm):
    main_button = "Save my choice"
    options = {
        "how": {
            "hints": {
                "at_once": "A mail for each message, with a link to it.",
                "daily": "One mail at 5pm with all that is new. No mail on a day without news.",
                "off": "You see what is new by the number beside Messages when you sign in.",
            }
        }
    }

    how = forms.ChoiceField(
        label="How we tell you of new messages",
        choices=NoticePreference.How.choices,
        widget=forms.RadioSelect,
    )


class AnnouncementForm(MessageForm):
    """``people`` is a mark of whom the page named: if they changed meanwhile, it is shown again."""

    main_button = "Send this announcement"
    options = {"body": {"rows": 8}}
    field_order = ["title", "body", "attachments"]

    title = forms.CharField(
        label="Title", max_length=120, help_text="It stands in the mail’s subject: say what it is about."
    )
    people = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].label = "Announcement"
        self.fields["body"].error_messages["required"] = "Enter announcement"
