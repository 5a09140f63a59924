"""Feedback, answers, and a hub leader's own replies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from psqm_portal.core.forms import PortalForm, PortalModelForm
from submissions.models import ReplyTemplate

LONGEST = 5000


class FeedbackForm(PortalForm):
    options = {"body": {"rows": 4}, "quote": {"rows": 2}}

    body = forms.CharField(
        widget=forms.Textarea,
        max_length=LONGEST,
        label="Your feedback",
        error_messages={"required": "Write your feedback"},
    )
    quote = forms.CharField(
        widget=forms.Textarea, required=False, max_length=1000, label="The words it is about"
    )


class AnswerForm(PortalForm):
    options = {"body": {"rows": 3}}

    body = forms.CharField(
        widget=forms.Textarea,
        max_length=LONGEST,
        label="Your answer",
        error_messages={"required": "Write your answer"},
    )


class ReplyForm(PortalModelForm):
    """``person`` is whose reply it is; a title stands once among theirs."""

    main_button = "Save reply"
    options = {"title": {"width": 30}, "body": {"rows": 6}}

    class Meta:
        model = ReplyTemplate
        fields = ["title", "body"]
        labels = {"title": "Name", "body": "Words"}
        help_texts = {
            "title": "Only you see it, for example “Say how you know”.",
            "body": "They go into the feedback box as you write them here. You can change them there.",
        }

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.person = person
        self.fields["body"].max_length = LONGEST  # type: ignore[attr-defined]

    def clean_body(self) -> str:
        body = self.cleaned_data["body"].strip()
        if len(body) > LONGEST:
            raise ValidationError(f"Words must be {LONGEST:,} characters or fewer")
        return body

    def clean_title(self) -> str:
        title = self.cleaned_data["title"].strip()
        same = ReplyTemplate.objects.filter(person=self.instance.person, title=title)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError("You have a reply with this name. Choose another name.")
        return title
